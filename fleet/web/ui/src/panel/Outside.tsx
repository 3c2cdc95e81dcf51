// Alarms from outside: what somebody else's system says is wrong, where, and what a robot saw of it.

import { evidenceAddress } from "../api";
import { Icon, type Sign } from "../icons";
import { linkTo } from "../route";
import { useStore } from "../store";
import type { OutsideAlarm } from "../types";
import { Ago } from "./parts";

const shown = 20;

const states: Record<OutsideAlarm["state"], [Sign, string]> = {
  waiting: ["waiting", "waits for a look"],
  confirmed: ["critical", "confirmed"],
  refuted: ["ok", "refuted"],
  undecided: ["info", "neither"],
  withdrawn: ["info", "withdrawn"],
};

export function Outside() {
  const outside = useStore((s) => s.outside);
  const waits = (a: OutsideAlarm) => Number(a.state === "waiting");
  const all = [...outside.values()].sort((a, b) => waits(b) - waits(a) || Date.parse(b.takenAt ?? "") - Date.parse(a.takenAt ?? ""));
  if (all.length === 0) return null;
  return (
    <>
      <h2>Alarms from outside</h2>
      <ul class="rows" id="outside">{all.slice(0, shown).map((a) => <AlarmRow key={a.id} a={a} />)}</ul>
      {all.length > shown && <p class="quiet">And {all.length - shown} earlier ones.</p>}
    </>
  );
}

function AlarmRow({ a }: { a: OutsideAlarm }) {
  const [sign, says] = states[a.state];
  const p = a.place;
  const where = [p.rack, p.face, p.unit && "U" + p.unit, p.device, p.supply].filter(Boolean).join(" · ") || p.hall;
  return (
    <li class="row" data-outside={a.id} data-state={a.state}>
      <span class={"grade " + (sign === "waiting" ? "quiet" : sign)}><Icon sign={sign} size={15} /></span>
      <span class="row-main">
        <span>{p.rack ? <a href={linkTo({ place: "racks", id: p.rack })}>{where}</a> : <b>{where}</b>}</span>
        <span class="cause">{a.summary || a.name}</span>
        <small>
          {a.summary && a.name + ", "}{a.severity && a.severity + ", "}from {a.source}
          {a.verdict && <br />}
          {a.verdict?.says}
          {a.verdict?.seen?.map((s) => "; " + s)}
          {a.pictures?.map((sha, i) => <span key={sha}> <a href={evidenceAddress(sha)} target="_blank" rel="noreferrer">picture {i + 1}</a></span>)}
        </small>
      </span>
      <span class="row-side">
        <span class={"chip chip-" + a.state}>{says}</span>
        <small><Ago at={a.takenAt} /></small>
      </span>
    </li>
  );
}
