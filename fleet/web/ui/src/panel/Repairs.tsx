// All repairs: those that are under way, and the switch that stops them all.

import { useState } from "preact/hooks";
import { Icon } from "../icons";
import { linkTo } from "../route";
import { useStore } from "../store";
import { clock } from "../time";
import type { Run } from "../types";
import { InName } from "./InName";
import { Ago, place, StateChip } from "./parts";

/** StoppedBanner is on every place of the page while repairs are stopped. */
export function StoppedBanner() {
  const stop = useStore((s) => s.stop);
  const zone = useStore((s) => s.site?.timeZone);
  if (!stop?.on) return null;
  const storm = stop.by === "nightrounds";
  return (
    <section class="stopped" id="stopped" aria-label="Repairs are stopped">
      <Icon sign="stopped" size={18} />
      <p>
        <span role="alert"><strong>All repairs are stopped</strong> by {storm ? "Nightrounds itself" : stop.by} at {clock(stop.at, zone)}{stop.why && ": " + stop.why}.</span>{" "}
        That was <Ago at={stop.at} />; robots go on looking{storm && ". See what the faults have in common before you let repairs run again"}.
      </p>
      <InName id="go-remedies" verb="Let repairs run again" what="remedies/go" kind="stop" />
    </section>
  );
}

export function Repairs() {
  const runs = useStore((s) => s.runs);
  const stopped = useStore((s) => s.stop?.on ?? false);
  const [asked, setAsked] = useState(false);
  const active = [...runs.values()].filter(isActive).sort((a, b) => urgency(a) - urgency(b) || Date.parse(a.stepAt) - Date.parse(b.stepAt));
  return (
    <>
      <div class="head-line">
        <h2>Repairs</h2>
        {!stopped && <button type="button" class="raise" id="stop-remedies" aria-expanded={asked} onClick={() => setAsked(!asked)}>Stop all repairs…</button>}
      </div>
      {asked && !stopped && (
        <div class="repair">
          <InName id="confirm-stop" verb="Stop all repairs" danger what="remedies/stop" kind="stop" text={{ key: "why", label: "Why", needed: true }} onDone={() => setAsked(false)}>
            <p class="wide">No step is begun until somebody lets repairs run again. What was begun may still end. Robots go on looking; tasks for people go on.</p>
          </InName>
        </div>
      )}
      {active.length === 0 && <p class="quiet">None is under way.</p>}
      <ul class="rows" id="repairs">{active.map((r) => <RunRow key={r.id} r={r} />)}</ul>
    </>
  );
}

export function isActive(r: Run): boolean {
  return r.state !== "done" && r.state !== "failed";
}

/** urgency puts first what waits for the reader. */
function urgency(r: Run): number {
  return r.state === "awaiting-approval" ? 0 : r.held ? 1 : 2;
}

function RunRow({ r }: { r: Run }) {
  const f = useStore((s) => s.faults.get(r.faultId));
  return (
    <li data-repair={r.id}>
      <a class="row" href={linkTo({ place: "faults", id: r.faultId })}>
        <span class="row-main">
          <b>{f ? place(f) : r.faultId}</b>
          <span class="cause">{r.runbook}, step {r.step + 1}{r.held && ": " + r.held}</span>
        </span>
        <span class="row-side">
          <StateChip state={r.state} />
          <small><Ago at={r.stepAt} /></small>
        </span>
      </a>
    </li>
  );
}
