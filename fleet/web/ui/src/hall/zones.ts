// Zones on the map: those that hold or will hold, and the one that is being drawn.

import type { Theme } from "../colours";
import { boxOf, type Draft } from "../draft";
import { paths } from "../icons";
import type { Zone } from "../types";
import { sign } from "./floor";
import { toScreen, type Box, type Point, type View } from "./view";

type Pen = CanvasRenderingContext2D;

const font = "system-ui, sans-serif";

/** drawZones outlines and hatches what robots keep out of, or drive otherwise in, and says why. */
export function drawZones(pen: Pen, zones: Zone[], v: View, theme: Theme): void {
  for (const z of zones) {
    const colour = colourOf(z.kind, theme);
    const corners = z.vertices.map((c) => toScreen(v, c));
    outline(pen, corners, colour);
    if (z.kind === "DIRECTED") drawArrow(pen, corners, z.directionRad ?? 0, colour);
    const [left, top] = [Math.min(...corners.map((p) => p.x)), Math.min(...corners.map((p) => p.y))];
    const text = `${z.id}: ${z.why}`;
    pen.font = `600 12px ${font}`;
    plate(pen, left, top - 21, pen.measureText(text).width + 26, theme);
    sign(pen, paths.warning, { x: left + 11, y: top - 11 }, 7, colour);
    pen.textAlign = "left";
    pen.fillStyle = theme.text;
    pen.fillText(text, left + 21, top - 7);
  }
}

/** plate keeps a text apart from the racks below it. */
function plate(pen: Pen, left: number, top: number, width: number, theme: Theme): void {
  pen.save();
  pen.globalAlpha = 0.85;
  pen.fillStyle = theme.panel;
  pen.beginPath();
  pen.roundRect(left, top, width, 20, 6);
  pen.fill();
  pen.restore();
}

function colourOf(kind: Zone["kind"], theme: Theme): string {
  return kind === "BLOCKED" ? theme.critical : theme.warning;
}

function outline(pen: Pen, corners: Point[], colour: string): void {
  pen.beginPath();
  corners.forEach((p, i) => (i === 0 ? pen.moveTo(p.x, p.y) : pen.lineTo(p.x, p.y)));
  pen.closePath();
  pen.save();
  pen.globalAlpha = 0.12;
  pen.fillStyle = colour;
  pen.fill();
  pen.restore();
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.setLineDash([8, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

/** drawArrow shows the only direction of a one-way zone in its middle. */
function drawArrow(pen: Pen, corners: Point[], directionRad: number, colour: string): void {
  const middle = (list: number[]) => (Math.min(...list) + Math.max(...list)) / 2;
  const spread = (list: number[]) => Math.max(...list) - Math.min(...list);
  const [xs, ys] = [corners.map((p) => p.x), corners.map((p) => p.y)];
  const half = Math.min(26, Math.max(10, 0.4 * Math.min(spread(xs), spread(ys))));
  pen.save();
  pen.translate(middle(xs), middle(ys));
  pen.rotate(-directionRad);
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(-half, 0);
  pen.lineTo(half, 0);
  pen.moveTo(half - 8, -7);
  pen.lineTo(half, 0);
  pen.lineTo(half - 8, 7);
  pen.stroke();
  pen.restore();
}

/** drawDraft shows the zone that is being made, with its size: the band that is being dragged, else what was drawn or typed. */
export function drawDraft(pen: Pen, draft: Draft, band: Box | undefined, v: View, theme: Theme): void {
  const box = band ?? boxOf(draft);
  if (!box) return;
  const [a, b] = [toScreen(v, { x: box.minX, y: box.maxY }), toScreen(v, { x: box.maxX, y: box.minY })];
  const colour = colourOf(draft.kind, theme);
  const corners = [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  outline(pen, corners, colour);
  if (draft.kind === "DIRECTED") drawArrow(pen, corners, (Number(draft.degrees) * Math.PI) / 180, colour);
  const text = `${(box.maxX - box.minX).toFixed(2)} × ${(box.maxY - box.minY).toFixed(2)} m`;
  pen.font = `600 12px ${font}`;
  const width = pen.measureText(text).width + 14;
  plate(pen, a.x, b.y + 5, width, theme);
  pen.fillStyle = theme.text;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(text, a.x + 7, b.y + 15.5);
  pen.textBaseline = "alphabetic";
}
