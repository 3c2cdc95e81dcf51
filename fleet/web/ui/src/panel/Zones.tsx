// The zones that hold: where robots do not go, drive slowly or one way only, until when, and who wanted it so.

import { Icon } from "../icons";
import { useStore } from "../store";
import { clock } from "../time";
import type { Zone } from "../types";
import { InName } from "./InName";

const says = { BLOCKED: "no robots", SPEED_LIMIT: "slow", DIRECTED: "one way", PENALTY: "rather not" };

export function Zones() {
  const zones = useStore((s) => s.zones);
  if (zones.length === 0) return null;
  return (
    <>
      <h2>Zones</h2>
      <ul class="rows" id="zones">{zones.map((z) => <ZoneRow key={z.id} z={z} />)}</ul>
    </>
  );
}

function ZoneRow({ z }: { z: Zone }) {
  const zone = useStore((s) => s.site?.timeZone);
  const rule = z.kind === "SPEED_LIMIT" && z.maxSpeedMps ? `at most ${z.maxSpeedMps} m/s` : says[z.kind];
  return (
    <li class="zone" data-zone={z.id}>
      <span class="sign sign-warning"><Icon sign="warning" size={16} /></span>
      <span>
        <b>{z.id}</b> {z.why}: {rule}
        {z.until ? ` until ${clock(Date.parse(z.until), zone)}` : " until it is lifted"}
        {z.by && `, says ${z.by}`}
      </span>
      <InName id={"lift-" + z.id} verb="Lift" what={`zones/${z.id}/lift`} />
    </li>
  );
}
