// All racks as a list, for keyboards and screen readers, and for who knows the name: the map in words.

import { useState } from "preact/hooks";
import { Icon } from "../icons";
import { openFaults, rackAges, type RackAge } from "../racks";
import { linkTo } from "../route";
import { useStore } from "../store";
import { age } from "../time";
import type { Fault, Rack } from "../types";
import { Grade } from "./parts";

const shownAtOnce = 200;

export function RackList() {
  const halls = useStore((s) => s.site?.halls);
  const viewpoints = useStore((s) => s.viewpoints);
  const began = useStore((s) => s.began);
  const at = useStore((s) => Math.floor(s.at / 5_000) * 5_000); // old enough for a list
  const faults = useStore((s) => s.faults);
  const [filter, setFilter] = useState("");
  const [shown, setShown] = useState(shownAtOnce);
  const ages = rackAges(viewpoints, began, at);
  const byRack = Map.groupBy(openFaults(faults), (f) => f.rack);
  const racks = (halls ?? []).flatMap((h) => h.racks).filter((r) => r.id.toLowerCase().includes(filter.trim().toLowerCase()));
  return (
    <>
      <h2>Racks</h2>
      <input type="search" class="filter" placeholder="Rack, as A03" aria-label="Filter racks by name" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
      <ul class="racks" id="racks">
        {racks.slice(0, shown).map((r) => <RackRow key={r.id} r={r} a={ages.get(r.id)} faults={byRack.get(r.id) ?? []} />)}
      </ul>
      {racks.length === 0 && <p class="quiet">No rack is named like that.</p>}
      {racks.length > shown && <button type="button" onClick={() => setShown(shown + shownAtOnce)}>Show more of {racks.length}</button>}
    </>
  );
}

function RackRow({ r, a, faults }: { r: Rack; a: RackAge | undefined; faults: Fault[] }) {
  const [worst] = faults;
  return (
    <li data-rack={r.id}>
      <a href={linkTo({ place: "racks", id: r.id })}>
        <b>{r.id}</b>
        {a && a.seen > 0 ? (
          <>
            <meter class="age" min={0} max={1} value={a.ratio} aria-label="Age against interval" />
            <span>{age(a.ageMs)} of {age(a.intervalMs)}{a.seen < a.all && ` · ${a.seen}/${a.all} seen`}</span>
          </>
        ) : (
          <span class="quiet">not looked at yet</span>
        )}
        {a?.late && <span class="bad"><Icon sign="waiting" size={12} /> overdue</span>}
        {worst && <span class="fault-mark"><Grade severity={worst.severity} /> {worst.kind}</span>}
      </a>
    </li>
  );
}
