// Doors, lifts and airlocks on robots' ways: what each is, who is in it or needs it, and what is wrong with it.

import { Icon } from "../icons";
import { serial } from "../racks";
import { useStore } from "../store";
import { clock } from "../time";
import type { Portal } from "../types";

export function Portals() {
  const portals = useStore((s) => s.portals);
  if (portals.length === 0) return null;
  return (
    <>
      <h2>Doors and lifts</h2>
      <ul class="rows" id="portals">{portals.map((p) => <PortalRow key={p.id} p={p} />)}</ul>
    </>
  );
}

function PortalRow({ p }: { p: Portal }) {
  const zone = useStore((s) => s.site?.timeZone);
  const names = (robots: string[]) => robots.map(serial).join(", ");
  return (
    <li class="portal" data-portal={p.id} data-state={p.state}>
      <span class={"sign " + (p.broken ? "sign-critical" : "sign-idle")}><Icon sign={p.broken ? "critical" : "door"} size={16} /></span>
      <span>
        <b>{p.id}</b> {p.kind}: {p.state}
        {p.within.length > 0 && `, ${names(p.within)} in it`}
        {p.coming.length > 0 && (p.asked ? `, asked for ${names(p.coming)}` : `, ${names(p.coming)} will need it`)}
        {p.closedUntil && `; robots go round it until ${clock(Date.parse(p.closedUntil), zone)}`}
      </span>
      {p.fault && (
        <span class="fault-line">
          {p.faultAt && clock(Date.parse(p.faultAt), zone)} {p.fault}
          {!p.broken && " (works again)"}
        </span>
      )}
    </li>
  );
}
