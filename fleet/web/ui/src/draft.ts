// A zone that an operator is about to make: what is drawn and typed so far, and what the controller would be asked.

import { store } from "./store";
import { endOf, holds, type Choice } from "./panel/Until";
import type { Hall, Zone } from "./types";
import type { Box, Point } from "./hall/view";

export type ZoneKind = Zone["kind"];

/** Corners are two opposite corners as typed, m, hall frame. */
export interface Corners {
  x1: string;
  y1: string;
  x2: string;
  y2: string;
}

/** Draft holds texts as they were typed, so that nothing of them is lost, whatever the answer. */
export interface Draft {
  hall: string;
  drawing: boolean; // the next drag on the map is its rectangle
  corners: Corners;
  kind: ZoneKind;
  speed: string; // m/s
  degrees: string; // counter-clockwise from the hall's x
  penalty: string; // 0..1
  why: string;
  lasts: "1h" | "4h" | "lifted" | "at";
  at: string; // time of day at the site, hh:mm
}

export function begin(hall: Hall): void {
  const corners = { x1: "", y1: "", x2: "", y2: "" };
  const draft: Draft = { hall: hall.id, drawing: true, corners, kind: "BLOCKED", speed: "0.3", degrees: "0", penalty: "1", why: "", lasts: "1h", at: "" };
  store.change((s) => ({ ...s, draft }));
}

export function change(what: Partial<Draft>): void {
  store.change((s) => (s.draft ? { ...s, draft: { ...s.draft, ...what } } : s));
}

export function discard(): void {
  store.change((s) => ({ ...s, draft: undefined }));
}

/** escape stops the drawing; a draft in which nothing is drawn or said yet is discarded with it. */
export function escape(d: Draft): void {
  if (d.drawing && !boxOf(d) && !d.why) discard();
  else change({ drawing: false });
}

/** drawn takes a rectangle from one corner to the opposite one, m, in the hall that the map shows. */
export function drawn(hall: string, a: Point, b: Point): void {
  const cm = (m: number) => String(Math.round(m * 100) / 100);
  change({ hall, drawing: false, corners: { x1: cm(Math.min(a.x, b.x)), y1: cm(Math.min(a.y, b.y)), x2: cm(Math.max(a.x, b.x)), y2: cm(Math.max(a.y, b.y)) } });
}

/** boxOf is the draft's rectangle, once all four numbers are there and it covers some floor. */
export function boxOf(d: Draft): Box | undefined {
  const texts = [d.corners.x1, d.corners.y1, d.corners.x2, d.corners.y2];
  const [x1 = NaN, y1 = NaN, x2 = NaN, y2 = NaN] = texts.map((t) => (t.trim() === "" ? NaN : Number(t)));
  const box = { minX: Math.min(x1, x2), minY: Math.min(y1, y2), maxX: Math.max(x1, x2), maxY: Math.max(y1, y2) };
  return box.maxX > box.minX && box.maxY > box.minY ? box : undefined;
}

export const lasts: Choice[] = [["1h", "1 h", 3_600_000], ["4h", "4 h", 4 * 3_600_000], ["lifted", "Until I lift it", 0]];

/** wish is what the controller is asked to make; undefined while there is no rectangle or no end. */
export function wish(d: Draft, now: number, timeZone: string | undefined): Record<string, unknown> | undefined {
  const b = boxOf(d);
  const until = endOf(lasts, d.lasts, d.at, now, timeZone);
  if (!b || (d.lasts === "at" && until === undefined)) return undefined;
  return {
    hall: d.hall,
    kind: d.kind,
    why: d.why.trim(),
    vertices: [{ x: b.minX, y: b.minY }, { x: b.maxX, y: b.minY }, { x: b.maxX, y: b.maxY }, { x: b.minX, y: b.maxY }],
    ...holds(d.lasts, until, now),
    ...(d.kind === "SPEED_LIMIT" ? { maxSpeedMps: Number(d.speed) } : {}),
    ...(d.kind === "DIRECTED" ? { directionRad: (Number(d.degrees) * Math.PI) / 180 } : {}),
    ...(d.kind === "PENALTY" ? { penalty: Number(d.penalty) } : {}),
  };
}
