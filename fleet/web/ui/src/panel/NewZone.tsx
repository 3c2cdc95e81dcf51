// The form of a zone that is being made: its corners, kind, reason and end, and what the controller says it would do.

import { useEffect, useRef, useState } from "preact/hooks";
import { operator, rememberOperator, send } from "../api";
import { boxOf, change, discard, escape, lasts, wish, type Corners, type Draft, type ZoneKind } from "../draft";
import { Icon } from "../icons";
import { serial } from "../racks";
import { store, useStore } from "../store";
import type { Zone, ZonePreview } from "../types";
import { Until } from "./Until";

const kinds: [ZoneKind, string, string][] = [
  ["BLOCKED", "Blocked", "No robot goes in; one that is in it leaves."],
  ["SPEED_LIMIT", "Speed limit", "Robots drive no faster in it."],
  ["DIRECTED", "One way", "Robots drive in it in this direction only."],
  ["PENALTY", "Penalty", "Robots go round it where the way round is not much longer."],
];

export function NewZone({ d }: { d: Draft }) {
  const zone = useStore((s) => s.site?.timeZone);
  const lost = useStore((s) => s.link.state === "lost");
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState(operator());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>(".map-draw")?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key === "Escape" && !e.defaultPrevented) escape(store.state.draft ?? d);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const asked = wish(d, store.state.at, zone);
  const make = async (e: Event) => {
    e.preventDefault();
    const by = name.trim();
    setBusy(true);
    setProblem("");
    try {
      rememberOperator(by);
      const made = await send<Zone>("zones", { ...asked, by });
      store.change((s) => ({ ...s, draft: undefined, zones: s.zones.some((z) => z.id === made.id) ? s.zones : [...s.zones, made] }));
    } catch (e) {
      setProblem((e as Error).message);
      setBusy(false);
    }
  };
  return (
    <form class="new-zone" id="zone-form" ref={form} onSubmit={make} aria-label={"New zone in " + d.hall}>
      <Place d={d} />
      <Kind d={d} />
      <label class="field">
        <span>Why</span>
        <input required maxLength={200} value={d.why} placeholder="people in cage 3" onInput={(e) => change({ why: e.currentTarget.value })} />
      </label>
      <Until id="zone-until" choices={lasts} lasts={d.lasts} at={d.at} endless="It holds until somebody lifts it." onChange={(l, at) => change({ lasts: l as Draft["lasts"], at })} />
      <label class="field">
        <span>By</span>
        <input required maxLength={200} value={name} placeholder="Your name" aria-label="Your name" autocomplete="name" onInput={(e) => setName(e.currentTarget.value)} />
      </label>
      <Preview asked={asked} />
      {problem && <p class="bad" id="zone-problem" role="alert"><Icon sign="warning" /> Not made: {problem.replace(/^refused: /, "")}</p>}
      <p class="ask-buttons">
        <button type="button" id="discard-zone" onClick={discard}>Cancel</button>
        <button class="primary" id="make-zone" disabled={busy || lost || !asked || !d.why.trim() || !name.trim()}>Make the zone</button>
      </p>
    </form>
  );
}

const sides: [keyof Corners, string][] = [["x1", "x from"], ["x2", "x to"], ["y1", "y from"], ["y2", "y to"]];

/** Place is the rectangle in numbers: what was dragged on the map, or is typed without it. */
function Place({ d }: { d: Draft }) {
  const none = !boxOf(d) && Object.values(d.corners).every((t) => t.trim() !== "");
  return (
    <fieldset>
      <legend>Rectangle in {d.hall}, m from the hall's origin</legend>
      <div class="corners">
        {sides.map(([side, text]) => (
          <label key={side}>
            <span>{text}</span>
            <input type="number" step="any" inputMode="decimal" required name={side} value={d.corners[side]} onInput={(e) => change({ drawing: false, corners: { ...d.corners, [side]: e.currentTarget.value } })} />
          </label>
        ))}
      </div>
      {none && <p class="bad"><Icon sign="warning" /> It covers no floor.</p>}
      <button type="button" class="plain-button map-draw" aria-pressed={d.drawing} onClick={() => change({ drawing: !d.drawing })}>
        {d.drawing ? "Drag it on the map now" : "Draw it on the map"}
      </button>
    </fieldset>
  );
}

function Kind({ d }: { d: Draft }) {
  return (
    <fieldset>
      <legend>Kind</legend>
      <div class="choices">
        {kinds.map(([kind, text]) => (
          <label key={kind}><input type="radio" name="zone-kind" value={kind} checked={d.kind === kind} onChange={() => change({ kind })} /> {text}</label>
        ))}
      </div>
      <p class="quiet">{kinds.find(([kind]) => kind === d.kind)?.[2]}</p>
      {d.kind === "SPEED_LIMIT" && <Figure name="speed" text="At most" unit="m/s" value={d.speed} min={0.05} max={5} step={0.05} />}
      {d.kind === "PENALTY" && <Figure name="penalty" text="Cost, 0 to 1" unit="1 = avoid most" value={d.penalty} min={0.05} max={1} step={0.05} />}
      {d.kind === "DIRECTED" && <Direction d={d} />}
    </fieldset>
  );
}

function Figure({ name, text, unit, value, min, max, step }: { name: "speed" | "penalty" | "degrees"; text: string; unit: string; value: string; min: number; max: number; step: number }) {
  return (
    <label class="field figure">
      <span>{text}</span>
      <input type="number" inputMode="decimal" required name={name} value={value} min={min} max={max} step={step} onInput={(e) => change({ [name]: e.currentTarget.value })} />
      <span class="unit">{unit}</span>
    </label>
  );
}

const ways: [string, string, string][] = [["0", "→", "to the right on the map"], ["90", "↑", "up the map"], ["180", "←", "to the left on the map"], ["270", "↓", "down the map"]];

function Direction({ d }: { d: Draft }) {
  return (
    <div class="direction">
      <div class="switch">
        {ways.map(([degrees, arrow, text]) => (
          <button key={degrees} type="button" aria-label={text} title={text} aria-pressed={d.degrees === degrees} onClick={() => change({ degrees })}>{arrow}</button>
        ))}
      </div>
      <Figure name="degrees" text="or" unit="° counter-clockwise from x" value={d.degrees} min={-360} max={360} step={1} />
    </div>
  );
}

const settleMs = 250;
const againMs = 5_000; // robots drive on: what was foretold is asked anew

/** Preview asks the controller what the zone would do, once the typing rests. */
function Preview({ asked }: { asked: Record<string, unknown> | undefined }) {
  const [told, setTold] = useState<ZonePreview>();
  const [problem, setProblem] = useState("");
  const turn = useStore((s) => Math.floor(s.at / againMs));
  const body = asked && JSON.stringify({ ...asked, why: asked.why || "new zone" });
  useEffect(() => {
    if (!body) return setTold(undefined);
    let stale = false;
    const soon = setTimeout(async () => {
      try {
        const p = await send<ZonePreview>("zones/preview", JSON.parse(body));
        if (stale) return;
        setTold(p);
        setProblem("");
      } catch (e) {
        if (!stale) setProblem((e as Error).message);
      }
    }, settleMs);
    return () => {
      stale = true;
      clearTimeout(soon);
    };
  }, [body, turn]);
  return (
    <div class="preview" id="zone-preview" role="status" data-told={told ? "yes" : "no"}>
      {!body && <p class="quiet">What it would do is told here once it has a rectangle and an end.</p>}
      {body && problem && <p class="bad"><Icon sign="warning" /> What it would do is not known: {problem}</p>}
      {body && !problem && told && <Told p={told} />}
    </div>
  );
}

function Told({ p }: { p: ZonePreview }) {
  return (
    <>
      <p>Covers {count(p.nodes, "node")} and {count(p.racks.length, "rack")}{p.racks.length > 0 && `: ${few(p.racks)}`}.</p>
      {p.edges === 0 && <p><Icon sign="info" /> No robot's way touches it: it changes nothing.</p>}
      {p.cutOff.length > 0 && <p><Icon sign="warning" /> Robots cannot look at {count(p.cutOff.length, "rack")} from every side while it holds: {few(p.cutOff)}.</p>}
      {p.refusal && <p class="bad"><Icon sign="critical" /> It would be refused: {p.refusal}</p>}
      {p.lockedIn.length > 1 && <p class="bad">Locked in: {p.lockedIn.map(serial).join(", ")}.</p>}
      {!p.refusal && <p><Icon sign="ok" /> No robot would be locked in.</p>}
    </>
  );
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** few names the first of a list, and says how many more there are. */
function few(ids: string[]): string {
  const shown = 6;
  return ids.slice(0, shown).join(", ") + (ids.length > shown ? ` and ${ids.length - shown} more` : "");
}
