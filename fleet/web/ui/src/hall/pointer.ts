// Pan, zoom, click and draw on the map: mouse, wheel, one finger, two fingers, keys.

import { panned, zoomed, type Point, type View } from "./view";

/** MapTarget is what the gestures act on; places are CSS pixels of the map. */
export interface MapTarget {
  view(): View;
  move(v: View): void;
  fit(): void;
  click(place: Point): void;
  hover(place: Point | undefined): void;
  drawing(): boolean; // a drag of one finger stretches a band, and moves nothing
  stretch(from?: Point, to?: Point): void; // without places: the band is gone
  drew(from: Point, to: Point): void;
}

const clickPx = 5; // a press that moved less is a click
const keyPanPx = 60;
const keyZoom = 1.25;

/** gestures listens on the element and returns what ends it. */
export function gestures(el: HTMLElement, target: MapTarget): () => void {
  const g = new Gestures(el, target);
  const listen: [string, (e: never) => void][] = [
    ["pointerdown", (e: PointerEvent) => g.down(e)],
    ["pointermove", (e: PointerEvent) => g.drag(e)],
    ["pointerup", (e: PointerEvent) => g.up(e, true)],
    ["pointercancel", (e: PointerEvent) => g.up(e, false)],
    ["pointerleave", () => target.hover(undefined)],
    ["wheel", (e: WheelEvent) => g.wheel(e)],
    ["keydown", (e: KeyboardEvent) => g.key(e)],
  ];
  for (const [kind, f] of listen) el.addEventListener(kind, f as EventListener, { passive: false });
  const escape = (e: KeyboardEvent) => g.escape(e);
  addEventListener("keydown", escape, { capture: true });
  return () => {
    for (const [kind, f] of listen) el.removeEventListener(kind, f as EventListener);
    removeEventListener("keydown", escape, { capture: true });
  };
}

class Gestures {
  private fingers = new Map<number, Point>();
  private movedPx = 0;
  private corner?: Point; // where the band begins that is being drawn

  constructor(
    private el: HTMLElement,
    private target: MapTarget,
  ) {}

  private place(e: MouseEvent): Point {
    const box = this.el.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  }

  private middle(): Point {
    return { x: this.el.clientWidth / 2, y: this.el.clientHeight / 2 };
  }

  down(e: PointerEvent): void {
    if (e.button !== 0) return;
    this.el.setPointerCapture(e.pointerId);
    if (this.fingers.size === 0) this.movedPx = 0;
    if (this.fingers.size === 0 && this.target.drawing()) this.corner = this.place(e);
    else this.drop();
    this.fingers.set(e.pointerId, this.place(e));
  }

  /** drop forgets the band that is being drawn, if one is. */
  private drop(): void {
    this.corner = undefined;
    this.target.stretch();
  }

  /** escape ends a drag that draws, and nothing more: whoever listens after it must leave the key alone. */
  escape(e: KeyboardEvent): void {
    if (e.key !== "Escape" || !this.corner) return;
    e.preventDefault();
    this.drop();
    this.movedPx = Infinity; // what is left of the drag is no click
    this.fingers.clear();
  }

  drag(e: PointerEvent): void {
    const now = this.place(e);
    const was = this.fingers.get(e.pointerId);
    if (!was) {
      this.target.hover(now);
      return;
    }
    this.fingers.set(e.pointerId, now);
    this.movedPx += Math.hypot(now.x - was.x, now.y - was.y);
    if (this.movedPx < clickPx) return;
    this.target.hover(undefined);
    if (this.corner) {
      this.target.stretch(this.corner, now);
      return;
    }
    const other = [...this.fingers].find(([id]) => id !== e.pointerId)?.[1];
    if (!other) {
      this.target.move(panned(this.target.view(), now.x - was.x, now.y - was.y));
      return;
    }
    const factor = distance(now, other) / Math.max(1, distance(was, other));
    const v = panned(this.target.view(), (now.x - was.x) / 2, (now.y - was.y) / 2);
    this.target.move(zoomed(v, factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }));
  }

  up(e: PointerEvent, click: boolean): void {
    const had = this.fingers.delete(e.pointerId);
    const corner = this.corner;
    if (corner) {
      this.drop();
      if (click && this.movedPx >= clickPx) this.target.drew(corner, this.place(e));
      return;
    }
    if (had && click && this.fingers.size === 0 && this.movedPx < clickPx) this.target.click(this.place(e));
  }

  wheel(e: WheelEvent): void {
    e.preventDefault();
    const px = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? e.deltaY * 16 : e.deltaY;
    this.target.move(zoomed(this.target.view(), Math.exp(-px / 400), this.place(e)));
  }

  key(e: KeyboardEvent): void {
    const v = this.target.view();
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.target.move(panned(v, keyPanPx, 0)),
      ArrowRight: () => this.target.move(panned(v, -keyPanPx, 0)),
      ArrowUp: () => this.target.move(panned(v, 0, keyPanPx)),
      ArrowDown: () => this.target.move(panned(v, 0, -keyPanPx)),
      "+": () => this.target.move(zoomed(v, keyZoom, this.middle())),
      "=": () => this.target.move(zoomed(v, keyZoom, this.middle())),
      "-": () => this.target.move(zoomed(v, 1 / keyZoom, this.middle())),
      "0": () => this.target.fit(),
    };
    const act = acts[e.key];
    if (!act || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    act();
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
