// The zones that hold: where robots do not go, drive slowly or one way only, until when, and who wanted it so; and the
// button that makes another.

import { begin } from "../draft";
import { Icon } from "../icons";
import { useStore } from "../store";
import { clock } from "../time";
import type { Hall, Zone } from "../types";
import { InName } from "./InName";
import { NewZone } from "./NewZone";

const says = { BLOCKED: "no robots", SPEED_LIMIT: "slow", DIRECTED: "one way", PENALTY: "rather not" };

export function Zones({ hall }: { hall: Hall | undefined }) {
  const zones = useStore((s) => s.zones);
  const draft = useStore((s) => s.draft);
  return (
    <>
      <div class="head-line">
        <h2>Zones</h2>
        {!draft && hall && <button type="button" class="plain-button" id="new-zone" onClick={() => begin(hall)}>New zone</button>}
      </div>
      {draft && <NewZone d={draft} />}
      {zones.length === 0 && !draft && <p class="quiet">None holds: robots drive everywhere.</p>}
      {zones.length > 0 && <ul class="rows" id="zones">{zones.map((z) => <ZoneRow key={z.id} z={z} />)}</ul>}
    </>
  );
}

function rule(z: Zone): string {
  if (z.kind === "SPEED_LIMIT" && z.maxSpeedMps) return `at most ${z.maxSpeedMps} m/s`;
  if (z.kind === "DIRECTED") return `one way, ${Math.round(((z.directionRad ?? 0) * 180) / Math.PI)}°`;
  return says[z.kind];
}

function ZoneRow({ z }: { z: Zone }) {
  const zone = useStore((s) => s.site?.timeZone);
  return (
    <li class="zone" data-zone={z.id}>
      <span class="sign sign-warning"><Icon sign="warning" size={16} /></span>
      <span>
        <b>{z.id}</b> {z.why}: {rule(z)}
        {z.until ? ` until ${clock(Date.parse(z.until), zone)}` : " until it is lifted"}
        {z.by && `, says ${z.by}`}
      </span>
      <InName id={"lift-" + z.id} verb="Lift" what={`zones/${z.id}/lift`} />
    </li>
  );
}
