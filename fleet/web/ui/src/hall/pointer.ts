// Pan, zoom and click on the map: mouse, wheel, one finger, two fingers, keys.

import { panned, zoomed, type Point, type View } from "./view";

/** MapTarget is what the gestures act on; places are CSS pixels of the map. */
export interface MapTarget {
  view(): View;
  move(v: View): void;
  fit(): void;
  click(place: Point): void;
  hover(place: Point | undefined): void;
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
  return () => {
    for (const [kind, f] of listen) el.removeEventListener(kind, f as EventListener);
  };
}

class Gestures {
  private fingers = new Map<number, Point>();
  private movedPx = 0;

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
    this.fingers.set(e.pointerId, this.place(e));
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
