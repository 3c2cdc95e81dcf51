// Inspect now: a robot is asked to look at a face at once, and the page follows what becomes of it.

import { useState } from "preact/hooks";
import { operator, send } from "../api";
import { Icon, type Sign } from "../icons";
import { serial } from "../racks";
import { heard, store, useStore } from "../store";
import type { Face, Inspection } from "../types";
import { MoveUp } from "./MoveUp";

export function InspectNow({ rack, face }: { rack: string; face: Face }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [asked, setAsked] = useState<string[]>([]);
  const lost = useStore((s) => s.link.state === "lost");
  const inspections = useStore((s) => s.inspections);
  const since = useStore((s) => Math.floor(s.at / 60_000) * 60_000) - recentMs;
  const mine = newestEach([...inspections.values()].filter((i) => asked.includes(i.id) || (i.rack === rack && concerns(i, since))));
  const inspect = async () => {
    setBusy(true);
    setProblem("");
    try {
      const made = await send<Inspection[]>("inspections", { rack, face, by: operator() || "operator" });
      store.change((s) => made.reduce((n, i) => (n.inspections.has(i.id) ? n : heard(n, "inspection", i)), s));
      setAsked(made.map((i) => i.id));
    } catch (e) {
      setProblem((e as Error).message);
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="primary" id="inspect-now" disabled={busy || lost} onClick={inspect}>
        <Icon sign="looking" /> Inspect now
      </button>
      <div class="inspections" id="inspection" role="status" data-state={summary(mine)} data-asked={asked.length}>
        {mine.map((i) => <Progress key={i.id} i={i} />)}
        {problem && <p class="bad"><Icon sign="warning" /> Not asked for: {problem}</p>}
      </div>
    </>
  );
}

const recentMs = 10 * 60_000;

/** concerns says whether an inspection is under way, or was an operator's wish that was done lately. */
function concerns(i: Inspection, since: number): boolean {
  return i.state === "waiting" || i.state === "assigned" || (i.class === "operator" && Date.parse(i.doneAt ?? i.at) > since);
}

/** newestEach keeps the newest inspection of each viewpoint, in the viewpoints' order. */
function newestEach(list: Inspection[]): Inspection[] {
  const oldestFirst = [...list].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const each = new Map(oldestFirst.map((i) => [i.viewpoint, i]));
  return [...each.values()].sort((a, b) => a.viewpoint.localeCompare(b.viewpoint));
}

/** summary is the state of several inspections in one word: what is still to come counts first. */
function summary(list: Inspection[]): string {
  for (const state of ["waiting", "assigned", "failed", "done"]) if (list.some((i) => i.state === state)) return state;
  return "none";
}

const signs: Record<Inspection["state"], Sign> = { waiting: "waiting", assigned: "driving", done: "ok", failed: "warning", cancelled: "warning" };

function Progress({ i }: { i: Inspection }) {
  return (
    <p class={"inspection inspection-" + i.state} data-inspection={i.id} data-state={i.state}>
      <Icon sign={signs[i.state]} /> <b>{i.viewpoint}</b> <span>{progressText(i)}</span>
      {i.state === "waiting" && i.class !== "patrol" && <MoveUp i={i} />}
    </p>
  );
}

function progressText(i: Inspection): string {
  switch (i.state) {
    case "waiting":
      return i.result ? `waiting for another try: ${i.result}` : "waiting for a robot";
    case "assigned":
      return `${serial(i.robot ?? "a robot")} is on its way`;
    case "done":
      return i.result || "done";
    case "failed":
      return `failed: ${i.result || "no look came back"}`;
    case "cancelled":
      return i.result || "cancelled";
  }
}
