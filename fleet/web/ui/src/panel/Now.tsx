// What the fleet is at: every robot, what is open, and what happened before the lines under the map.

import { Icon } from "../icons";
import { openFaults, serial } from "../racks";
import { linkTo } from "../route";
import { useStore } from "../store";
import { ago, clock } from "../time";
import type { Hall, Robot } from "../types";
import { FaultRow } from "./FaultList";
import { Empty } from "./parts";
import { Portals } from "./Portals";
import { Repairs } from "./Repairs";
import { Zones } from "./Zones";

export function Now({ robot, hall }: { robot?: string; hall: Hall | undefined }) {
  const robots = useStore((s) => s.robots);
  const faults = useStore((s) => s.faults);
  const open = openFaults(faults);
  return (
    <>
      <Repairs />
      <h2>Robots</h2>
      <ul class="robots" id="robots">
        {robots.map((r) => <RobotCard key={r.id} r={r} chosen={r.id === robot} />)}
      </ul>
      {robots.length === 0 && <Empty sign="silent">No robot has connected yet.</Empty>}
      <Zones hall={hall} />
      <Portals />
      <h2>Open faults</h2>
      {open.length === 0 && <Empty sign="ok">Nothing is out of order, as far as the robots have looked.</Empty>}
      <ul class="rows">{open.slice(0, 5).map((f) => <FaultRow key={f.id} f={f} />)}</ul>
      {open.length > 5 && <a href={linkTo({ place: "faults" })}>All {open.length} open faults</a>}
      <h2>Earlier</h2>
      <Lines />
    </>
  );
}

const silentAfterMs = 5_000;

function RobotCard({ r, chosen }: { r: Robot; chosen: boolean }) {
  const at = useStore((s) => s.at);
  const heardMs = at - Date.parse(r.heardAt);
  const percent = Math.round(r.battery * 100);
  return (
    <li class={"robot" + (chosen ? " chosen" : "")} data-robot={r.id} data-state={r.state} data-x={r.x.toFixed(3)} data-y={r.y.toFixed(3)}>
      <a href={linkTo({ place: "robots", id: r.id })} aria-label={`${serial(r.id)}: centre the map on it`}>
        <span class={"sign sign-" + r.state}><Icon sign={r.state} size={16} /></span>
        <b>{serial(r.id)}</b>
        <span class="robot-state">{r.state}</span>
      </a>
      <span class={"battery" + (r.battery < 0.2 ? " low" : "")}>
        <meter min={0} max={1} low={0.2} value={r.battery} aria-label="Battery" />
        {percent} %{r.charging && <Icon sign="charging" size={12} />}
      </span>
      <span class="duty">{r.duty || (r.node ? "at " + r.node : "")}</span>
      <span class="heard">{heardMs > silentAfterMs ? "heard " + ago(r.heardAt, at) : `${r.observations} looks`}</span>
      {r.errors && r.errors.length > 0 && <span class="errors"><Icon sign="warning" size={12} /> {r.errors.join("; ")}</span>}
    </li>
  );
}

const shownBelowMap = 3;
const earlierShown = 30;

function Lines() {
  const story = useStore((s) => s.story);
  const zone = useStore((s) => s.site?.timeZone);
  return (
    <ol class="timeline">
      {story.slice(-shownBelowMap - earlierShown, -shownBelowMap).reverse().map((l) => (
        <li key={l.at + l.text}>
          <time dateTime={l.at}>{clock(l.at, zone)}</time>
          <span>{l.text}</span>
        </li>
      ))}
    </ol>
  );
}
