// A fault's repair: which step, what it waits for, what a guard refused and why, and what a person can do about it.

import { useAsked } from "../asked";
import { Icon } from "../icons";
import { isOpen } from "../racks";
import { useStore } from "../store";
import { age, clock, nsPerMs } from "../time";
import type { Fault, Plan, Planned, Run } from "../types";
import { InName } from "./InName";
import { Ago, StateChip } from "./parts";
import { isActive } from "./Repairs";

export function Repair({ f }: { f: Fault }) {
  const runs = useStore((s) => s.runs);
  const mine = [...runs.values()].filter((r) => r.faultId === f.id).sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  const [newest] = mine;
  const [plan, problem] = usePlan(f, newest);
  const person = f.state === "escalated" || f.state === "ticketed";
  if (!newest && !person && !plan && !problem) return null;
  const active = newest && isActive(newest);
  const steps = plan && (!active || plan.runbook === newest.runbook) ? plan.steps : [];
  return (
    <section class="repair" id="repair">
      <h3>Repair</h3>
      {newest && <RunLine r={newest} step={active ? steps.find((s) => s.index === newest.step) : undefined} />}
      {active && <ForPeople f={f} r={newest} step={steps.find((s) => s.index === newest.step)} />}
      {newest?.did && !(active && steps.length) && <Did r={newest} />}
      {!active && plan?.why && isOpen(f.state) && <p>Nothing is done by itself: {plan.why}.</p>}
      {steps.length > 0 && (
        <details open={active} class="more">
          <summary>{active ? "All steps" : `What would be done: ${plan?.runbook}`}</summary>
          <ol class="steps">{steps.map((s) => <Step key={s.index} s={s} r={active ? newest : undefined} />)}</ol>
        </details>
      )}
      {problem && <p class="bad">What would be done is not known: {problem}</p>}
      {person && <InName id="verify" verb="It is repaired: look again" what={`faults/${encodeURIComponent(f.id)}/verify`} kind="fault" />}
    </section>
  );
}

/** usePlan asks what would be done now, and again whenever that may have changed. */
function usePlan(f: Fault, r: Run | undefined): [Plan | undefined, string] {
  const stopped = useStore((s) => s.stop?.on);
  const open = isOpen(f.state);
  const [plan, problem] = useAsked<Plan>(open && `faults/${encodeURIComponent(f.id)}/plan`, [f.state, f.sightings?.length, r?.id, r?.state, r?.step, r?.held, stopped].join());
  return open ? [plan, problem] : [undefined, ""];
}

function RunLine({ r, step }: { r: Run; step: Planned | undefined }) {
  return (
    <>
      <p data-run={r.id} data-state={r.state}>
        <b>{r.runbook}</b> <StateChip state={r.state} /> {isActive(r) && (step ? `“${step.name}”` : `step ${r.step + 1}`)} since <Ago at={r.stepAt} />
        {r.approver && `, approved by ${r.approver}`}
      </p>
      {isActive(r) && <p id="waits-for" role="status">{waitsFor(r, step)}</p>}
      {r.held && <p id="held-step" class="warned"><Icon sign="warning" /> Held back: {r.held}</p>}
      {r.why && <p class="bad">{r.why}</p>}
    </>
  );
}

/** waitsFor is what is to come next before the repair goes on. */
function waitsFor(r: Run, step: Planned | undefined): string {
  const what = step ? `${step.does}${at(step)}` : "its step";
  switch (r.state) {
    case "awaiting-approval":
      return `Waits for the approval of a named person: ${what}.`;
    case "settling":
      return `Carried out; ${step ? `it takes ${age(step.settleNs / nsPerMs)}` : "it takes a while"} until the next step.`;
    case "undoing":
      return "What was done is taken back.";
    default:
      if (!r.permit) return `To be carried out: ${what}.`;
      return (step?.kind === "person" ? "Waits for " : "Is being carried out: ") + what + ".";
  }
}

function at({ target: t }: Planned): string {
  const what = t.device ?? t.cooling;
  const where = [what?.startsWith(t.rack) ? "" : t.rack, what, t.part].filter(Boolean).join(" ");
  return (where && " at " + where) + (t.outlet ? ` (PDU ${t.pdu} outlet ${t.outlet})` : "");
}

/** ForPeople is what the repair asks of people: an approval of what is shown, or a task. */
function ForPeople({ f, r, step }: { f: Fault; r: Run; step: Planned | undefined }) {
  const path = `remedies/${encodeURIComponent(r.id)}/`;
  if (r.state === "awaiting-approval") {
    return (
      <>
        <InName id="approve" verb="Approve" what={path + "approve"} kind="run" more={r.asked ? { evidence: r.asked } : undefined}>
          <p class="wide quiet">It may interrupt service. You approve it on what is known of {f.id} now; if that changes, or it is not used in time, the approval is void.</p>
        </InName>
        <details class="more">
          <summary id="refuse">Refuse…</summary>
          <InName id="decline" verb="Refuse" danger what={path + "decline"} kind="run" text={{ key: "why", label: "Why not" }}>
            <p class="wide quiet">The repair ends, and what it did is taken back.</p>
          </InName>
        </details>
      </>
    );
  }
  if (step?.kind !== "person" || !r.permit || r.state !== "acting") return null;
  const opens = step.timerNs && !r.openedAt ? { id: "opened", verb: "It stands open", what: path + "opened", kind: "run" } : undefined;
  return (
    <>
      {r.openedAt && (
        <p class={r.overdue ? "bad" : ""}>
          {r.overdue && <Icon sign="critical" />} Open since <Ago at={r.openedAt} />{step.timerNs && `, ${age(step.timerNs / nsPerMs)} at most: it heats its neighbours`}.
        </p>
      )}
      <InName id="task-done" verb="It is done" what={path + "done"} kind="run" or={opens} />
    </>
  );
}

function Step({ s, r }: { s: Planned; r: Run | undefined }) {
  const did = r?.did?.find((d) => d.step === s.index);
  const here = r?.step === s.index && r.state !== "undoing";
  return (
    <li aria-current={here ? "step" : undefined} class={here ? "here" : ""}>
      <b>{did && <><Icon sign="ok" /><span class="unseen">carried out: </span></>}{s.name}</b>
      {did ? did.said && <span class="quiet">: {did.said}</span> : (
        <span class="quiet">
          : {s.does}{at(s)}
          {s.if && `; only if ${s.if}`}
          {s.approval && "; needs approval"}
          {s.undo && `; taken back by “${s.undo}”`}
        </span>
      )}
      {!did && (s.refused ?? []).map((x) => <span key={x.guard + x.why} class="refused"><Icon sign="warning" /> Would be refused ({x.guard}): {x.why}{x.do && `; ${x.do}`}</span>)}
    </li>
  );
}

/** Did is what a repair did, after it. */
function Did({ r }: { r: Run }) {
  const zone = useStore((s) => s.site?.timeZone);
  return <ul class="plain">{r.did?.map((d) => <li key={d.at + d.step}>{clock(d.at, zone)} {d.name}{d.said && <span class="quiet">: {d.said}</span>}</li>)}</ul>;
}
