// The still layer: floor, routes, docks, racks in the shade of their age, and the faults on them. It is drawn again
// only when the view or something on it has changed. Racks are gathered by shade, so that thousands are few paths.

import { ageColour, inkOn, type Theme } from "../colours";
import { paths } from "../icons";
import { worse, type RackAge } from "../racks";
import type { Fault, Hall, Portal, Rack, Severity, Zone } from "../types";
import { toScreen, type Point, type Size, type View } from "./view";
import { drawZones } from "./zones";

/** Outline is a rack as drawn: its corners in the hall frame, the front's two first. */
export interface Outline {
  rack: Rack;
  corners: [Point, Point, Point, Point];
  normal: Point; // outward, of the front
}

export function outlines(racks: Rack[]): Outline[] {
  return racks.map((rack) => {
    const normal = { x: Math.cos(rack.thetaRad), y: Math.sin(rack.thetaRad) };
    const corner = (depth: number, width: number): Point => ({
      x: rack.x + normal.x * depth - normal.y * width,
      y: rack.y + normal.y * depth + normal.x * width,
    });
    const [d, w] = [rack.depthM / 2, rack.widthM / 2];
    return { rack, normal, corners: [corner(d, -w), corner(d, w), corner(-d, w), corner(-d, -w)] };
  });
}

/** rackAt finds the rack at a place of the hall. */
export function rackAt(all: Outline[], p: Point): Rack | undefined {
  return all.find(({ rack, normal }) => {
    const [dx, dy] = [p.x - rack.x, p.y - rack.y];
    const depth = Math.abs(dx * normal.x + dy * normal.y);
    const width = Math.abs(-dx * normal.y + dy * normal.x);
    return depth <= rack.depthM / 2 && width <= rack.widthM / 2;
  })?.rack;
}

export interface Scene {
  hall: Hall;
  outlines: Outline[];
  routes: [Point, Point][];
  ages: Map<string, RackAge>;
  faults: Fault[];
  zones: Zone[];
  portals: Portal[];
  selected?: string;
}

/** signature is equal for two scenes that look alike. */
export function signature(s: Scene): string {
  const racks = s.outlines.map(({ rack }) => {
    const a = s.ages.get(rack.id);
    return a ? `${ageColour(a.ratio)}${a.seen}${a.late}` : "";
  });
  return [s.hall.id, s.selected, ...racks, ...s.faults.map((f) => f.id + f.state + f.severity), ...s.zones.map((z) => z.id), ...s.portals.map((p) => p.id + p.state + p.broken)].join("|");
}

type Pen = CanvasRenderingContext2D;

export function drawFloor(pen: Pen, scene: Scene, view: View, size: Size, theme: Theme): void {
  pen.clearRect(0, 0, size.width, size.height);
  drawGround(pen, scene.hall, view, theme);
  drawRoutes(pen, scene.routes, view, theme);
  drawDocks(pen, scene.hall, view, theme);
  drawPortals(pen, scene, view, theme);
  const seen = scene.outlines.filter((o) => visible(o, view, size));
  drawRacks(pen, seen, scene.ages, view, theme);
  drawSelection(pen, seen, scene.selected, view, theme);
  drawRackNames(pen, seen, scene.ages, view, theme);
  drawRowNames(pen, scene.outlines, view, theme);
  drawZones(pen, scene.zones, view, theme);
  drawFaults(pen, seen, scene.faults, view, theme);
}

function visible(o: Outline, v: View, size: Size): boolean {
  const p = toScreen(v, o.rack);
  const reach = (o.rack.depthM + o.rack.widthM) * v.scale;
  return p.x > -reach && p.y > -reach && p.x < size.width + reach && p.y < size.height + reach;
}

function drawGround(pen: Pen, h: Hall, v: View, theme: Theme): void {
  const a = toScreen(v, { x: h.minX, y: h.maxY });
  pen.fillStyle = theme.floor;
  pen.strokeStyle = theme.line;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(a.x, a.y, (h.maxX - h.minX) * v.scale, (h.maxY - h.minY) * v.scale, 4);
  pen.fill();
  pen.stroke();
}

/** routes are the hall's edges as lines; there and back is one. */
export function routes(h: Hall): [Point, Point][] {
  const nodes = new Map(h.nodes.map((n) => [n.id, n]));
  const lines = new Map<string, [Point, Point]>();
  for (const e of h.edges) {
    const [a, b] = [nodes.get(e.start), nodes.get(e.end)];
    if (a && b) lines.set([e.start, e.end].sort().join(" "), [a, b]);
  }
  return [...lines.values()];
}

function drawRoutes(pen: Pen, lines: [Point, Point][], v: View, theme: Theme): void {
  pen.strokeStyle = theme.route;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const [from, to] of lines) {
    const [a, b] = [toScreen(v, from), toScreen(v, to)];
    pen.moveTo(a.x, a.y);
    pen.lineTo(b.x, b.y);
  }
  pen.stroke();
}

function drawDocks(pen: Pen, h: Hall, v: View, theme: Theme): void {
  const half = Math.max(5, 0.32 * v.scale);
  pen.font = `11px ${font}`;
  pen.textAlign = "center";
  for (const d of h.docks) {
    const node = h.nodes.find((n) => n.id === d.node);
    if (!node) continue;
    const p = toScreen(v, node);
    pen.strokeStyle = theme.muted;
    pen.lineWidth = 1.25;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.roundRect(p.x - half, p.y - half, 2 * half, 2 * half, 4);
    pen.stroke();
    pen.setLineDash([]);
    sign(pen, paths.charging, p, half, theme.muted);
    if (v.scale > 24) {
      pen.fillStyle = theme.muted;
      pen.fillText(d.id, p.x, p.y + half + 12);
    }
  }
}

/** drawPortals sets a bar across the way of each door: whole while it is not open, its two ends while it is. */
function drawPortals(pen: Pen, scene: Scene, v: View, theme: Theme): void {
  const nodes = new Map(scene.hall.nodes.map((n) => [n.id, n]));
  const half = Math.max(7, 0.45 * v.scale);
  for (const p of scene.portals) {
    pen.strokeStyle = p.broken ? theme.critical : theme.text;
    pen.lineWidth = 3;
    for (const [start, end] of p.edges) {
      const [from, to] = [nodes.get(start), nodes.get(end)];
      if (!from || !to) continue;
      const [a, b] = [toScreen(v, from), toScreen(v, to)];
      const [x, y, long] = [(a.x + b.x) / 2, (a.y + b.y) / 2, Math.hypot(b.x - a.x, b.y - a.y) || 1];
      const [dx, dy] = [(-(b.y - a.y) / long) * half, ((b.x - a.x) / long) * half];
      const gap = p.state === "open" ? 0.55 : 0;
      pen.beginPath();
      for (const side of [-1, 1]) {
        pen.moveTo(x + side * gap * dx, y + side * gap * dy);
        pen.lineTo(x + side * dx, y + side * dy);
      }
      pen.stroke();
      if (v.scale > 24) {
        pen.font = `11px ${font}`;
        pen.textAlign = "left";
        pen.fillStyle = p.broken ? theme.critical : theme.muted;
        pen.fillText(p.id, x + Math.abs(dx) + 4, y + 4);
      }
    }
  }
}

const font = "system-ui, sans-serif";

function trace(pen: Pen, o: Outline, v: View): void {
  o.corners.forEach((c, i) => {
    const p = toScreen(v, c);
    if (i === 0) pen.moveTo(p.x, p.y);
    else pen.lineTo(p.x, p.y);
  });
  pen.closePath();
}

function fillAll(pen: Pen, list: Outline[], v: View, style: string | CanvasPattern): void {
  pen.fillStyle = style;
  pen.beginPath();
  for (const o of list) trace(pen, o, v);
  pen.fill();
}

/** shade is a rack's fill; a rack of which nothing was ever seen has none. */
function shade(a: RackAge | undefined, theme: Theme): string {
  return a && a.seen > 0 ? ageColour(a.ratio) : theme.unseen;
}

function drawRacks(pen: Pen, list: Outline[], ages: Map<string, RackAge>, v: View, theme: Theme): void {
  const byShade = Map.groupBy(list, (o) => shade(ages.get(o.rack.id), theme));
  for (const [colour, group] of byShade) fillAll(pen, group, v, colour);
  const partly = list.filter((o) => {
    const a = ages.get(o.rack.id);
    return !a || a.seen < a.all;
  });
  const hatch = hatching(pen, theme);
  if (hatch && partly.length > 0) fillAll(pen, partly, v, hatch);
  pen.strokeStyle = theme.rackLine;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const o of list) trace(pen, o, v);
  pen.stroke();
  drawFronts(pen, list, v, theme);
}

function drawFronts(pen: Pen, list: Outline[], v: View, theme: Theme): void {
  pen.strokeStyle = theme.front;
  pen.lineWidth = Math.max(1.5, Math.min(4, 0.06 * v.scale));
  pen.beginPath();
  for (const o of list) {
    const [a, b] = [toScreen(v, o.corners[0]), toScreen(v, o.corners[1])];
    pen.moveTo(a.x, a.y);
    pen.lineTo(b.x, b.y);
  }
  pen.stroke();
}

/** hatching marks what was not looked at yet: no news must not look like good news. */
function hatching(pen: Pen, theme: Theme): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const t = tile.getContext("2d");
  if (!t) return null;
  t.strokeStyle = theme.muted;
  t.globalAlpha = 0.75;
  t.lineWidth = 1;
  t.beginPath();
  for (const x of [-6, 0, 6]) {
    t.moveTo(x, 6);
    t.lineTo(x + 6, 0);
  }
  t.stroke();
  return pen.createPattern(tile, "repeat");
}

function drawRackNames(pen: Pen, list: Outline[], ages: Map<string, RackAge>, v: View, theme: Theme): void {
  const room = Math.min(...list.map((o) => o.rack.widthM)) * v.scale;
  if (room < 20) return;
  pen.font = `600 ${Math.min(14, Math.max(9, room * 0.36))}px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const o of list) {
    const p = toScreen(v, o.rack);
    const a = ages.get(o.rack.id);
    const fill = shade(a, theme);
    pen.fillStyle = fill === theme.unseen ? theme.text : inkOn(fill);
    pen.fillText(o.rack.id, p.x, p.y);
    if (a?.late) sign(pen, paths.waiting, { x: p.x, y: p.y + room * 0.5 }, room * 0.2, inkOn(fill));
  }
  pen.textBaseline = "alphabetic";
}

function drawRowNames(pen: Pen, all: Outline[], v: View, theme: Theme): void {
  pen.font = `600 12px ${font}`;
  pen.fillStyle = theme.muted;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [row, list] of Map.groupBy(all, (o) => o.rack.row)) {
    const first = list.reduce((a, b) => (b.rack.x < a.rack.x ? b : a));
    const p = toScreen(v, { x: Math.min(...first.corners.map((c) => c.x)), y: first.rack.y });
    pen.fillText(row, p.x - 8, p.y);
  }
  pen.textBaseline = "alphabetic";
}

const haloPx = 4;

/** drawSelection runs around the rack, outside a fault's outline. */
function drawSelection(pen: Pen, list: Outline[], selected: string | undefined, v: View, theme: Theme): void {
  const rack = list.find((l) => l.rack.id === selected)?.rack;
  if (!rack) return;
  const more = (2 * haloPx) / v.scale;
  pen.strokeStyle = theme.accent;
  pen.lineWidth = 3;
  pen.beginPath();
  for (const o of outlines([{ ...rack, widthM: rack.widthM + more, depthM: rack.depthM + more }])) trace(pen, o, v);
  pen.stroke();
}

function drawFaults(pen: Pen, list: Outline[], faults: Fault[], v: View, theme: Theme): void {
  const byRack = Map.groupBy(faults, (f) => f.rack);
  const badges: Badge[] = [];
  for (const o of list) {
    const here = byRack.get(o.rack.id);
    if (!here) continue;
    const worst = here.reduce<Severity>((s, f) => worse(s, f.severity), "info");
    pen.strokeStyle = theme[worst];
    pen.lineWidth = 3;
    pen.beginPath();
    trace(pen, o, v);
    pen.stroke();
    badges.push(badgeOf(pen, o, here, worst, v));
  }
  for (const b of badges) drawBadge(pen, b, badges, theme);
}

/** Badge says beside a rack, on the side where it was seen, what is wrong there. */
interface Badge {
  p: Point; // of its icon's middle
  text: string;
  width: number; // px, with the text
  severity: Severity;
}

const badgeFont = `600 11px ${font}`;
const badgeHalf = 10;
const badgeTextFrom = 22; // px per m

function badgeOf(pen: Pen, o: Outline, faults: Fault[], severity: Severity, v: View): Badge {
  const side = faults[0]?.face === "rear" ? -1 : 1;
  const out = side * (o.rack.depthM / 2 + (badgeHalf + 1) / v.scale);
  const p = toScreen(v, { x: o.rack.x + o.normal.x * out, y: o.rack.y + o.normal.y * out });
  const more = faults.length > 1 ? ` +${faults.length - 1}` : "";
  const text = v.scale > badgeTextFrom ? `U${faults[0]?.unit} ${faults[0]?.kind}${more}` : "";
  pen.font = badgeFont;
  return { p, text, width: 2 * badgeHalf + 2 + (text ? pen.measureText(text).width + 6 : 0), severity };
}

/** drawBadge leaves the text out where it would run into the next badge. */
function drawBadge(pen: Pen, b: Badge, all: Badge[], theme: Theme): void {
  const left = b.p.x - badgeHalf - 1;
  const room = all.every((o) => Math.abs(o.p.y - b.p.y) > 2 * badgeHalf || o.p.x <= b.p.x || o.p.x - badgeHalf > left + b.width + 2);
  pen.fillStyle = theme.panel;
  pen.strokeStyle = theme[b.severity];
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.roundRect(left, b.p.y - badgeHalf, room ? b.width : 2 * badgeHalf + 2, 2 * badgeHalf, badgeHalf);
  pen.fill();
  pen.stroke();
  sign(pen, paths[b.severity], b.p, 7, theme[b.severity]);
  if (!room) return;
  pen.font = badgeFont;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = theme.text;
  pen.fillText(b.text, b.p.x + badgeHalf + 1, b.p.y + 0.5);
  pen.textBaseline = "alphabetic";
}

/** sign draws an icon with its middle at p; half is half its size, px. */
export function sign(pen: Pen, path: string, p: Point, half: number, colour: string): void {
  pen.save();
  pen.translate(p.x - half, p.y - half);
  pen.scale(half / 12, half / 12);
  pen.fillStyle = colour;
  pen.fill(new Path2D(path), "evenodd");
  pen.restore();
}
