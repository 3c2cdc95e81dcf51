// The head of the page: which site, what time it is there, how the patrol stands, and whether all this is live.

import { useEffect, useState } from "preact/hooks";
import { RaiseAlarm } from "./Alarm";
import { Icon } from "./icons";
import { openFaults } from "./racks";
import { useStore } from "./store";
import { age, clock } from "./time";
import type { Hall } from "./types";

export function Header({ halls, hall, onHall }: { halls: Hall[]; hall: string; onHall: (id: string) => void }) {
  const name = useStore((s) => s.site?.name ?? "");
  return (
    <header>
      <a class="brand" href="#/">
        <Icon sign="moon" size={20} /> Nightrounds
      </a>
      <span class="site">{name}</span>
      {halls.length > 1 && (
        <select aria-label="Hall" value={hall} onChange={(e) => onHall(e.currentTarget.value)}>
          {halls.map((h) => <option key={h.id}>{h.id}</option>)}
        </select>
      )}
      <Figures />
      <RaiseAlarm halls={halls} />
    </header>
  );
}

function Figures() {
  const c = useStore((s) => s.coverage);
  const at = useStore((s) => s.at);
  const zone = useStore((s) => s.site?.timeZone);
  const link = useStore((s) => s.link.state);
  const faults = useStore((s) => openFaults(s.faults).length);
  return (
    <dl class="figures">
      {c && (
        <>
          <div id="coverage" data-within={c.within} data-viewpoints={c.viewpoints} title="Viewpoints looked at within their revisit interval">
            <dt>Within interval</dt>
            <dd>{c.within}<small> of {c.viewpoints}</small></dd>
          </div>
          <div title="Age of the oldest look, as a share of its revisit interval">
            <dt>Oldest</dt>
            <dd class={c.worst > 1 ? "bad" : ""}>{Math.round(c.worst * 100)}<small> % of interval</small></dd>
          </div>
          <div class="figure-faults">
            <dt>Open faults</dt>
            <dd class={faults > 0 ? "bad" : ""}>{faults}</dd>
          </div>
        </>
      )}
      {at > 0 && (
        <div>
          <dt>Site time</dt>
          <dd><time>{clock(at, zone)}</time></dd>
        </div>
      )}
      <div id="link" data-link={link} class="link">
        <dt class="unseen">Connection</dt>
        <dd><i class="dot" />{link === "live" ? "Live" : link === "lost" ? "Lost" : "…"}</dd>
      </div>
    </dl>
  );
}

/** LostBanner says how old what is shown is, in seconds of the reader's own clock. */
export function LostBanner() {
  const link = useStore((s) => s.link);
  const known = useStore((s) => s.site !== undefined);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (link.state !== "lost") return;
    setNow(Date.now());
    const ticking = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(ticking);
  }, [link.state]);
  if (link.state !== "lost") return null;
  const old = age(now - link.heard);
  return (
    <div class="lost" id="lost" role="alert">
      <Icon sign="warning" size={18} />
      <strong>Connection lost</strong>
      <span>{known ? `What you see is ${old} old.` : `No answer for ${old}.`} Trying again.</span>
    </div>
  );
}
