// The map: the stage's canvases with their legend and buttons. What it shows is also in the lists beside it, which is
// where keyboards and screen readers find it.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { drawn } from "../draft";
import { Icon } from "../icons";
import { rackAges, serial } from "../racks";
import { go, type Route } from "../route";
import { store, useStore, type State } from "../store";
import { age } from "../time";
import type { Hall, Rack, Robot } from "../types";
import { gestures } from "./pointer";
import { Stage, type Selection } from "./stage";
import { toHall, zoomed, type Point } from "./view";

interface Tip {
  place: Point;
  text: string;
}

export function HallMap({ hall, selection, route }: { hall: Hall; selection: Selection; route: Route }) {
  const box = useRef<HTMLDivElement>(null);
  const floor = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage>(undefined);
  const [tip, setTip] = useState<Tip>();
  const drawing = useStore((s) => s.draft?.drawing ?? false);

  useLayoutEffect(() => {
    if (!box.current || !floor.current || !above.current) return;
    const s = new Stage(floor.current, above.current);
    stage.current = s;
    return setUp(s, box.current, setTip);
  }, []);
  useEffect(() => {
    const show = () => stage.current?.show(store.state, hall, selection);
    show();
    return store.subscribe(show);
  }, [hall, selection.rack, selection.robot]);
  useEffect(() => {
    const robot = route.place === "robots" && store.state.robots.find((r) => r.id === route.id);
    if (robot) stage.current?.centre(robot);
  }, [route.place, route.id]);

  const zoom = (factor: number) => {
    const [s, b] = [stage.current, box.current];
    if (s && b) s.move(zoomed(s.view, factor, { x: b.clientWidth / 2, y: b.clientHeight / 2 }));
  };
  return (
    <div class="map">
      <div class={"stage" + (drawing ? " drawing" : "")} ref={box} tabIndex={0} role="img" aria-describedby="map-help" aria-label={`Map of ${hall.id}. Racks and robots are listed beside it.`}>
        <canvas ref={floor} />
        <canvas ref={above} />
      </div>
      <p id="map-help" class="unseen">
        Arrow keys move the map, plus and minus zoom, 0 shows the whole hall.
      </p>
      {drawing && <p class="map-hint" role="status">Drag a rectangle over the floor, or type its corners. Escape ends the drawing.</p>}
      {tip && <Tooltip tip={tip} />}
      <div class="map-buttons">
        <button type="button" onClick={() => zoom(1.4)} aria-label="Zoom in">+</button>
        <button type="button" onClick={() => zoom(1 / 1.4)} aria-label="Zoom out">−</button>
        <button type="button" onClick={() => stage.current?.fit()} aria-label="Show the whole hall" title="Show the whole hall">⤢</button>
      </div>
      <Legend hall={hall} />
    </div>
  );
}

function setUp(s: Stage, el: HTMLElement, setTip: (t: Tip | undefined) => void): () => void {
  const sizes = new ResizeObserver(() => s.resize({ width: el.clientWidth, height: el.clientHeight }));
  sizes.observe(el);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const restyle = () => s.restyle();
  dark.addEventListener("change", restyle);
  const end = gestures(el, {
    view: () => s.view,
    move: (v) => s.move(v),
    fit: () => s.fit(),
    click: (place) => select(s.at(place)),
    drawing: () => store.state.draft?.drawing ?? false,
    stretch: (from, to) => s.stretch(from, to),
    drew: (from, to) => s.shown && drawn(s.shown, toHall(s.view, from), toHall(s.view, to)),
    hover: (place) => {
      const text = place && describe(s.at(place), store.state);
      el.classList.toggle("pointing", Boolean(text));
      setTip(place && text ? { place, text } : undefined);
    },
  });
  return () => {
    sizes.disconnect();
    dark.removeEventListener("change", restyle);
    end();
  };
}

function select(hit: { rack?: Rack; robot?: Robot }): void {
  if (hit.robot) go({ place: "robots", id: hit.robot.id });
  else if (hit.rack) go({ place: "racks", id: hit.rack.id });
}

function describe(hit: { rack?: Rack; robot?: Robot }, s: State): string {
  if (hit.robot) return `${serial(hit.robot.id)}: ${hit.robot.state}${hit.robot.duty ? ", " + hit.robot.duty : ""}`;
  if (!hit.rack) return "";
  const a = rackAges(s.viewpoints, s.began, s.at).get(hit.rack.id);
  if (!a || a.seen === 0) return `${hit.rack.id}: not looked at yet`;
  const rest = a.seen < a.all ? `; ${a.all - a.seen} of ${a.all} viewpoints not seen yet` : "";
  return `${hit.rack.id}: oldest look ${age(a.ageMs)} ago, interval ${age(a.intervalMs)}${rest}`;
}

function Tooltip({ tip }: { tip: Tip }) {
  return (
    <div class="tip" aria-hidden="true" style={{ left: tip.place.x + 14 + "px", top: tip.place.y + 14 + "px" }}>
      {tip.text}
    </div>
  );
}

function Legend({ hall }: { hall: Hall }) {
  const shortest = Math.min(...hall.racks.map((r) => r.intervalNs)) / 1e6;
  const late = useStore((s) => [...rackAges(s.viewpoints, s.began, s.at).values()].filter((a) => a.late).length);
  return (
    <div class="legend">
      <div class="scale">
        <span class="legend-title">Oldest look at a rack</span>
        <div class="ramp" />
        <div class="ticks">
          <span>now</span>
          <span class="tick-half">{age(shortest / 2)}</span>
          <span>{age(shortest)}: overdue</span>
        </div>
      </div>
      <ul>
        <li><span class="key key-unseen" /> not all seen yet</li>
        <li><span class="key key-front" /> front side</li>
        <li><Icon sign="waiting" size={12} /> overdue{late > 0 && <b>: {late}</b>}</li>
      </ul>
    </div>
  );
}
