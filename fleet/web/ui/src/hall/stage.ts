// The two stacked canvases of the map: the still floor below, the robots above. The stage owns the view and draws
// what has changed, at most once a frame; it reads the store but never writes it.

import { readTheme, type Theme } from "../colours";
import type { Draft } from "../draft";
import { openFaults, rackAges } from "../racks";
import type { State } from "../store";
import type { Hall, Rack, Robot } from "../types";
import { drawFloor, outlines, rackAt, routes, signature, type Outline, type Scene } from "./floor";
import { drawRobots, Tracks } from "./robots";
import { centred, fit, toHall, type Box, type Point, type Size, type View } from "./view";
import { drawDraft } from "./zones";

const reachPx = 14; // of a click on a robot

export interface Selection {
  rack?: string;
  robot?: string;
}

export class Stage {
  view: View = { scale: 40, left: 0, top: 0 };
  private fitted = true;
  private size: Size = { width: 1, height: 1 };
  private theme: Theme;
  private hall?: Hall;
  private outlines: Outline[] = [];
  private routes: [Point, Point][] = [];
  private scene?: Scene;
  private drawn = ""; // signature of the still layer
  private robots?: Robot[];
  private tracks = new Tracks();
  private selection: Selection = {};
  private draft?: Draft;
  private band?: Box; // that is being dragged
  private frame = 0;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(
    private floor: HTMLCanvasElement,
    private above: HTMLCanvasElement,
  ) {
    this.theme = readTheme(floor);
  }

  /** restyle reads the colours again, after the theme has changed. */
  restyle(): void {
    this.theme = readTheme(this.floor);
    this.redraw();
  }

  resize(size: Size): void {
    this.size = size;
    for (const c of [this.floor, this.above]) {
      c.width = Math.round(size.width * devicePixelRatio);
      c.height = Math.round(size.height * devicePixelRatio);
      c.getContext("2d")?.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    if (this.fitted) this.fit();
    this.redraw();
  }

  /** show takes what the store knows of a hall. */
  show(s: State, hall: Hall, selection: Selection): void {
    if (hall !== this.hall) {
      this.hall = hall;
      this.outlines = outlines(hall.racks);
      this.routes = routes(hall);
      this.tracks = new Tracks();
      this.fit();
    }
    this.selection = selection;
    this.draft = s.draft?.hall === hall.id || s.draft?.drawing ? s.draft : undefined;
    const faults = openFaults(s.faults).filter((f) => f.hall === hall.id);
    const ages = rackAges(s.viewpoints, s.began, s.at);
    const here = (v: { hall: string }) => v.hall === hall.id;
    this.scene = {
      hall, outlines: this.outlines, routes: this.routes, ages, faults, zones: s.zones.filter(here), portals: s.portals.filter(here), selected: selection.rack,
    };
    if (s.robots !== this.robots) {
      this.robots = s.robots;
      this.tracks.report(s.robots.filter((r) => r.hall === hall.id), performance.now(), this.still.matches);
    }
    this.request();
  }

  move(v: View): void {
    this.view = v;
    this.fitted = false;
    this.redraw();
  }

  fit(): void {
    if (this.hall) this.view = fit(this.hall, this.size);
    this.fitted = true;
    this.redraw();
  }

  centre(p: Point): void {
    this.move(centred(this.view, p, this.size));
  }

  /** shown is the id of the hall that is drawn. */
  get shown(): string | undefined {
    return this.hall?.id;
  }

  /** at says what is at a place of the map; a robot lies above a rack. */
  at(place: Point): { rack?: Rack; robot?: Robot } {
    const p = toHall(this.view, place);
    const robot = this.tracks.at(p, Math.max(0.35, reachPx / this.view.scale), performance.now());
    return robot ? { robot } : { rack: rackAt(this.outlines, p) };
  }

  /** stretch shows a band from one place of the map to another; without places, none. */
  stretch(from?: Point, to?: Point): void {
    const corners = from && to && [toHall(this.view, from), toHall(this.view, to)];
    this.band = corners && {
      minX: Math.min(...corners.map((p) => p.x)),
      minY: Math.min(...corners.map((p) => p.y)),
      maxX: Math.max(...corners.map((p) => p.x)),
      maxY: Math.max(...corners.map((p) => p.y)),
    };
    this.request();
  }

  private redraw(): void {
    this.drawn = "";
    this.request();
  }

  private request(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const [floor, above] = [this.floor.getContext("2d"), this.above.getContext("2d")];
    if (!this.scene || !floor || !above) return;
    const now = performance.now();
    const looks = signature(this.scene);
    if (looks !== this.drawn) drawFloor(floor, this.scene, this.view, this.size, this.theme);
    this.drawn = looks;
    drawRobots(above, this.tracks, this.scene.hall, this.view, this.size, this.theme, this.selection.robot, now);
    if (this.draft && (this.band || this.draft.hall === this.scene.hall.id)) drawDraft(above, this.draft, this.band, this.view, this.theme);
    if (this.tracks.moving(now)) this.request();
  }
}
