// What the page concludes of a rack from the patrol and the faults.

import { nsPerMs } from "./time";
import type { Fault, FaultState, Severity, Viewpoint } from "./types";

export interface RackAge {
  ratio: number; // of the worst viewpoint that was ever looked at, age to interval
  ageMs: number; // of that viewpoint
  intervalMs: number;
  seen: number; // viewpoints ever looked at
  all: number;
  late: boolean; // some viewpoint is beyond its interval, looked at or not
}

/** rackAges gives every rack its worst viewpoint. One never looked at is as old as the patrol, but is no measurement. */
export function rackAges(viewpoints: Map<string, Viewpoint>, began: number, at: number): Map<string, RackAge> {
  const ages = new Map<string, RackAge>();
  for (const v of viewpoints.values()) {
    const r = ages.get(v.rack) ?? { ratio: 0, ageMs: 0, intervalMs: v.intervalNs / nsPerMs, seen: 0, all: 0, late: false };
    ages.set(v.rack, r);
    const interval = v.intervalNs / nsPerMs;
    const ageMs = Math.max(0, at - (v.lookedAt ? Date.parse(v.lookedAt) : began));
    const ratio = interval > 0 ? ageMs / interval : 0;
    r.all++;
    r.late ||= ratio > 1;
    if (!v.lookedAt) continue;
    r.seen++;
    if (ratio >= r.ratio) [r.ratio, r.ageMs, r.intervalMs] = [ratio, ageMs, interval];
  }
  return ages;
}

export function isOpen(s: FaultState): boolean {
  return s !== "resolved" && s !== "dismissed" && s !== "folded";
}

const ranks: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

export function worse(a: Severity, b: Severity): Severity {
  return ranks[b] > ranks[a] ? b : a;
}

/** openFaults lists those that still want attention: the worst first, then the newest. */
export function openFaults(faults: Map<string, Fault>): Fault[] {
  return [...faults.values()]
    .filter((f) => isOpen(f.state))
    .sort((a, b) => ranks[b.severity] - ranks[a.severity] || Date.parse(b.openedAt) - Date.parse(a.openedAt));
}

/** serial is a robot's short name: the part of manufacturer/serial that people say. */
export function serial(robot: string): string {
  return robot.slice(robot.indexOf("/") + 1);
}
