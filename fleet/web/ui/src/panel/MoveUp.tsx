// Move up: an inspection that waits goes before the others of its class; the page says what is promised now, and what waits.

import { useState } from "preact/hooks";
import { operator, send } from "../api";
import { serial } from "../racks";
import { heard, store, useStore } from "../store";
import { age, clock, nsPerMs } from "../time";
import type { Inspection, MovedUp } from "../types";

export function MoveUp({ i }: { i: Inspection }) {
  const [busy, setBusy] = useState(false);
  const [says, setSays] = useState("");
  const lost = useStore((s) => s.link.state === "lost");
  const zone = useStore((s) => s.site?.timeZone);
  const move = async () => {
    setBusy(true);
    try {
      const { before, ...moved } = await send<MovedUp>(`inspections/${i.id}/move-up`, { by: operator() || "operator" });
      store.change((s) => heard(s, "inspection", moved));
      setSays(outcome(moved, before.length, zone));
    } catch (e) {
      setSays("not moved up: " + (e as Error).message);
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="plain-button move-up" disabled={busy || lost} onClick={move}>Move up</button>
      {says && <span class="moved">{says}</span>}
    </>
  );
}

/** outcome is what moving up came to, in a line. */
function outcome(i: Inspection, others: number, zone: string | undefined): string {
  const before = others ? `now before ${others} other${others > 1 ? "s" : ""}` : "nothing waited before it";
  const p = i.promised;
  if (!p) return before + "; no robot can be named yet";
  const by = Date.parse(i.movedAt ?? i.at) + p.p90Ns / nsPerMs;
  return `${before}; ${serial(p.robot)} by ${clock(by, zone)}, its lap ${age(p.delaysNs / nsPerMs)} later`;
}
