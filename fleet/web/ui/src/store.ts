// What the page knows, in one place. Values are replaced, never changed, so that a part of the page is drawn again
// only when what it picked is another value.

import { useEffect, useReducer, useRef } from "preact/hooks";
import { operator } from "./api";
import type { Draft } from "./draft";
import type { Alarm, Coverage, Fault, Inspection, Line, Observation, OutsideAlarm, Patrol, Portal, Robot, Run, Silence, Site, Stop, Ticket, Viewpoint, Zone } from "./types";

/** Link is how the page hears the controller; heard is wall-clock ms of the last word from it. */
export interface Link {
  state: "connecting" | "live" | "lost";
  heard: number;
}

export interface State {
  site?: Site;
  at: number; // site time of what is shown, ms
  began: number; // of the patrol, ms
  coverage?: Coverage;
  robots: Robot[];
  viewpoints: Map<string, Viewpoint>;
  open?: string; // the rack whose looks are kept
  looks: Map<string, Observation>; // its newest good look by viewpoint
  faults: Map<string, Fault>;
  tickets: Map<string, Ticket>;
  runs: Map<string, Run>;
  inspections: Map<string, Inspection>;
  zones: Zone[];
  draft?: Draft; // the zone that is being made on this page
  alarms: Alarm[];
  portals: Portal[];
  stop?: Stop;
  silences: Silence[];
  outside: Map<string, OutsideAlarm>;
  operator: string; // as whoever sits here has typed it
  story: Line[]; // oldest first
  link: Link;
}

const storyKept = 200;

export const empty: State = {
  at: 0,
  began: 0,
  robots: [],
  viewpoints: new Map(),
  looks: new Map(),
  faults: new Map(),
  tickets: new Map(),
  runs: new Map(),
  inspections: new Map(),
  zones: [],
  alarms: [],
  portals: [],
  silences: [],
  outside: new Map(),
  operator: operator(),
  story: [],
  link: { state: "connecting", heard: Date.now() },
};

/** heard is the state after one server-sent event; kinds it does not know change nothing. */
export function heard(s: State, kind: string, data: unknown): State {
  switch (kind) {
    case "robots":
      return { ...s, robots: data as Robot[] };
    case "coverage": {
      const c = data as Coverage & { at: string };
      return { ...s, coverage: c, at: Date.parse(c.at) };
    }
    case "look":
      return looked(s, data as Observation);
    case "fault":
      return { ...s, faults: newer(s.faults, (data as Fault).id, data as Fault, (f) => f.updatedAt) };
    case "ticket":
      return { ...s, tickets: newer(s.tickets, (data as Ticket).id, data as Ticket, (t) => t.updatedAt) };
    case "run":
      return { ...s, runs: newer(s.runs, (data as Run).id, data as Run, (r) => r.stepAt) };
    case "inspection":
      return { ...s, inspections: new Map(s.inspections).set((data as Inspection).id, data as Inspection) };
    case "alarms":
      return { ...s, alarms: data as Alarm[] };
    case "zones":
      return { ...s, zones: data as Zone[] };
    case "portals":
      return { ...s, portals: data as Portal[] };
    case "stop":
      return { ...s, stop: data as Stop };
    case "silences":
      return { ...s, silences: data as Silence[] };
    case "inbound":
      return { ...s, outside: new Map(s.outside).set((data as OutsideAlarm).id, data as OutsideAlarm) };
    case "story":
      return { ...s, story: told(s.story, data as Line) };
  }
  return s;
}

/** looked notes a look; one that failed saw nothing and makes nothing younger. */
function looked(s: State, o: Observation): State {
  if (o.failed) return s;
  const v = s.viewpoints.get(o.viewpoint);
  const news = v && !(v.lookedAt && Date.parse(v.lookedAt) >= Date.parse(o.at));
  return {
    ...s,
    looks: o.rack === s.open ? newer(s.looks, o.viewpoint, o, (l) => l.at) : s.looks,
    viewpoints: news ? new Map(s.viewpoints).set(v.id, { ...v, lookedAt: o.at }) : s.viewpoints,
  };
}

/** opened is the state that keeps the looks of another rack, or of none. */
export function opened(s: State, rack: string | undefined): State {
  return s.open === rack ? s : { ...s, open: rack, looks: new Map() };
}

/** told appends a line, unless the feed has told it before. */
function told(story: Line[], line: Line): Line[] {
  if (story.some((l) => l.at === line.at && l.text === line.text)) return story;
  return [...story.slice(1 - storyKept), line];
}

/** newer puts one in its place, unless what is there is of a later time. */
function newer<T>(all: Map<string, T>, key: string, one: T, at: (v: T) => string): Map<string, T> {
  const had = all.get(key);
  return had && Date.parse(at(had)) > Date.parse(at(one)) ? all : new Map(all).set(key, one);
}

export function byId<T extends { id: string }>(list: T[]): Map<string, T> {
  return new Map(list.map((v) => [v.id, v]));
}

/** patrolled is the state with a whole report of the patrol. */
export function patrolled(s: State, p: Patrol): State {
  return { ...s, viewpoints: byId(p.viewpoints), coverage: p.coverage, began: Date.parse(p.began), at: Date.parse(p.at) };
}

class Store {
  state = empty;
  private readers = new Set<() => void>();

  change(next: (s: State) => State): void {
    const after = next(this.state);
    if (after === this.state) return;
    this.state = after;
    for (const r of this.readers) r();
  }

  subscribe(reader: () => void): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }
}

export const store = new Store();

/** useStore draws the component again whenever what pick returns is another value. */
export function useStore<T>(pick: (s: State) => T): T {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const value = pick(store.state);
  const now = useRef({ pick, value });
  now.current = { pick, value };
  useEffect(() => {
    const check = () => {
      if (!Object.is(now.current.pick(store.state), now.current.value)) again(undefined as never);
    };
    check();
    return store.subscribe(check);
  }, []);
  return value;
}
