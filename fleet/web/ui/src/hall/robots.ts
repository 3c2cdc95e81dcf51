// The moving layer: robots between the last place they told and the newest one, the way ahead of them, and what they
// are looking at. It is drawn each frame while something moves, and not at all otherwise.

import type { Theme } from "../colours";
import { paths } from "../icons";
import { serial } from "../racks";
import type { Hall, Robot } from "../types";
import { sign } from "./floor";
import { toScreen, type Point, type Size, type View } from "./view";

interface Pose extends Point {
  thetaRad: number;
}

interface Track {
  robot: Robot;
  from: Pose;
  to: Pose;
  since: number; // wall ms, performance.now
  lastsMs: number;
}

const jumpM = 4; // farther in one report is no drive: the robot was lost for a while, or another hall's
const shortestMs = 120;
const longestMs = 1_500;

/** Tracks turn reports, once a second, into motion. */
export class Tracks {
  private all = new Map<string, Track>();
  private heardAt = 0;

  /** report takes all robots of one hall as of now; still shows them where they are at once. */
  report(robots: Robot[], now: number, still: boolean): void {
    const gap = Math.min(longestMs, Math.max(shortestMs, now - this.heardAt));
    this.heardAt = now;
    const next = new Map<string, Track>();
    for (const robot of robots) {
      const to = { x: robot.x, y: robot.y, thetaRad: robot.thetaRad };
      const had = this.all.get(robot.id);
      const from = had ? poseAt(had, now) : to;
      const jump = still || Math.hypot(to.x - from.x, to.y - from.y) > jumpM;
      next.set(robot.id, { robot, from: jump ? to : from, to, since: now, lastsMs: gap });
    }
    this.all = next;
  }

  moving(now: number): boolean {
    return [...this.all.values()].some((t) => now < t.since + t.lastsMs && !same(t.from, t.to));
  }

  shown(now: number): { robot: Robot; pose: Pose }[] {
    return [...this.all.values()].map((t) => ({ robot: t.robot, pose: poseAt(t, now) }));
  }

  /** at finds the robot within reach (m) of a place. */
  at(p: Point, reach: number, now: number): Robot | undefined {
    return this.shown(now).find(({ pose }) => Math.hypot(pose.x - p.x, pose.y - p.y) <= reach)?.robot;
  }
}

function same(a: Pose, b: Pose): boolean {
  return a.x === b.x && a.y === b.y && a.thetaRad === b.thetaRad;
}

function poseAt(t: Track, now: number): Pose {
  const k = Math.min(1, Math.max(0, (now - t.since) / t.lastsMs));
  const turn = Math.atan2(Math.sin(t.to.thetaRad - t.from.thetaRad), Math.cos(t.to.thetaRad - t.from.thetaRad));
  return {
    x: t.from.x + (t.to.x - t.from.x) * k,
    y: t.from.y + (t.to.y - t.from.y) * k,
    thetaRad: t.from.thetaRad + turn * k,
  };
}

type Pen = CanvasRenderingContext2D;

export function drawRobots(pen: Pen, tracks: Tracks, hall: Hall, v: View, size: Size, theme: Theme, selected: string | undefined, now: number): void {
  pen.clearRect(0, 0, size.width, size.height);
  const shown = tracks.shown(now);
  const nodes = new Map(hall.nodes.map((n) => [n.id, n]));
  for (const { robot, pose } of shown) drawWay(pen, pose, (robot.way ?? []).flatMap((id) => nodes.get(id) ?? []), v, theme);
  for (const { robot, pose } of shown) if (robot.state === "looking") drawBeam(pen, pose, v, theme);
  for (const { robot, pose } of shown) drawBody(pen, robot, pose, v, theme, robot.id === selected);
}

function drawWay(pen: Pen, from: Pose, way: Point[], v: View, theme: Theme): void {
  const last = way.at(-1);
  if (!last) return;
  pen.strokeStyle = theme.accent;
  pen.globalAlpha = 0.7;
  pen.lineWidth = 2;
  pen.setLineDash([2, 5]);
  pen.lineCap = "round";
  pen.beginPath();
  for (const p of [from, ...way].map((q) => toScreen(v, q))) pen.lineTo(p.x, p.y);
  pen.stroke();
  pen.setLineDash([]);
  const end = toScreen(v, last);
  pen.beginPath();
  pen.arc(end.x, end.y, 3.5, 0, 2 * Math.PI);
  pen.stroke();
  pen.globalAlpha = 1;
}

const beamM = 1.05; // from the camera to the face
const beamHalfRad = 0.33; // a rack's width as seen from there

function drawBeam(pen: Pen, pose: Pose, v: View, theme: Theme): void {
  const p = toScreen(v, pose);
  pen.fillStyle = theme.accent;
  pen.globalAlpha = 0.28;
  pen.beginPath();
  pen.moveTo(p.x, p.y);
  for (const side of [-beamHalfRad, beamHalfRad]) {
    const a = pose.thetaRad + side;
    const reach = beamM / Math.cos(side);
    const q = toScreen(v, { x: pose.x + reach * Math.cos(a), y: pose.y + reach * Math.sin(a) });
    pen.lineTo(q.x, q.y);
  }
  pen.closePath();
  pen.fill();
  pen.globalAlpha = 1;
}

const bodyM = 0.28; // radius
const troubled = new Set(["offline", "silent", "stopped"]);

function drawBody(pen: Pen, robot: Robot, pose: Pose, v: View, theme: Theme, selected: boolean): void {
  const p = toScreen(v, pose);
  const radius = Math.max(7, bodyM * v.scale);
  const colour = troubled.has(robot.state) ? theme.critical : theme.accent;
  pen.save();
  pen.translate(p.x, p.y);
  pen.rotate(-pose.thetaRad);
  pen.fillStyle = colour;
  pen.strokeStyle = theme.panel;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(0, 0, radius, 0.5, 2 * Math.PI - 0.5);
  pen.lineTo(radius * 1.55, 0); // the nose says where it heads
  pen.closePath();
  pen.fill();
  pen.stroke();
  pen.restore();
  if (selected) ring(pen, p, radius + 5, theme);
  sign(pen, paths[robot.state] ?? paths.silent, p, radius * 0.58, theme.panel);
  drawLabel(pen, robot, pose, p, radius, v, theme);
}

function ring(pen: Pen, p: Point, radius: number, theme: Theme): void {
  pen.strokeStyle = theme.accent;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(p.x, p.y, radius, 0, 2 * Math.PI);
  pen.stroke();
}

const batteryFrom = 26; // px per m: below, a label holds the name only

/** drawLabel names the robot beside it, along its lane, so that faults at the faces stay free; behind it when it drives. */
function drawLabel(pen: Pen, robot: Robot, pose: Pose, p: Point, radius: number, v: View, theme: Theme): void {
  const name = serial(robot.id);
  const text = v.scale < batteryFrom ? name : `${name}  ${Math.round(robot.battery * 100)} %`;
  pen.font = "600 11px system-ui, sans-serif";
  const width = pen.measureText(text).width + 12;
  let left = Math.cos(pose.thetaRad) > 0.3 ? p.x - radius - 4 - width : p.x + radius + 4;
  let y = p.y;
  if (robot.charging) [left, y] = [p.x - width / 2, p.y - radius - 14]; // a dock's name is below, a row's beside it
  pen.globalAlpha = 0.85;
  pen.fillStyle = theme.panel;
  pen.beginPath();
  pen.roundRect(left, y - 9, width, 18, 9);
  pen.fill();
  pen.globalAlpha = 1;
  pen.fillStyle = theme.text;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(text, left + 6, y + 0.5);
  pen.textBaseline = "alphabetic";
}
