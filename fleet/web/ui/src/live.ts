// The page's ear: server-sent events, with a retry of its own, because an EventSource gives up for ever after one
// answer that is not 200. Whatever is shown is as old as the last word heard here.

import { ask } from "./api";
import { byId, heard, opened, patrolled, store, type State } from "./store";
import type { Alarm, Fault, Inspection, Observation, OutsideAlarm, Patrol, Portal, Robot, Run, Silence, Site, Stop, Ticket, Zone } from "./types";

const kinds = ["robots", "coverage", "look", "fault", "ticket", "run", "inspection", "zones", "alarms", "portals", "stop", "silences", "inbound", "story"];
const silenceMs = 6_000; // the floor is told every second: longer silence is a lost controller
const hungMs = 20_000; // then the connection itself is given up and made anew
const firstRetryMs = 500;
const lastRetryMs = 8_000;
const outsideKept = 200; // alarms from outside, the newest

/** listen keeps the store as new as the connection allows, until the page is left. */
export function listen(): void {
  new Ear().connect();
}

class Ear {
  private source?: EventSource;
  private last = "0"; // id of the last event: from 0 the feed tells all it remembers
  private retryMs = firstRetryMs;
  private held?: [string, unknown][]; // events that came while the lists were fetched

  constructor() {
    setInterval(() => this.watch(), 1_000);
  }

  connect(): void {
    const source = new EventSource("/api/v1/events?after=" + this.last);
    this.source = source;
    source.onopen = () => void this.catchUp(source);
    source.onerror = () => this.retry(source);
    for (const kind of kinds) {
      source.addEventListener(kind, (e) => this.hear(source, kind, e as MessageEvent<string>));
    }
  }

  private hear(source: EventSource, kind: string, e: MessageEvent<string>): void {
    if (source !== this.source) return;
    this.last = e.lastEventId || this.last;
    const data: unknown = JSON.parse(e.data);
    if (this.held) {
      this.held.push([kind, data]);
      return;
    }
    store.change((s) => ({ ...heard(s, kind, data), link: { state: "live", heard: Date.now() } }));
  }

  /** catchUp fetches every list, then adds what was heard meanwhile. */
  private async catchUp(source: EventSource): Promise<void> {
    this.held = [];
    try {
      const lists = await fetchAll(store.state);
      if (source !== this.source) return;
      const held = this.held ?? [];
      this.held = undefined;
      this.retryMs = firstRetryMs;
      store.change((s) => {
        const now = held.reduce((n, [kind, data]) => heard(n, kind, data), lists(s));
        return { ...now, link: { state: "live", heard: Date.now() } };
      });
    } catch {
      this.retry(source);
    }
  }

  private retry(source: EventSource): void {
    if (source !== this.source) return;
    source.close();
    this.source = undefined;
    for (const [kind, data] of this.held ?? []) store.change((s) => heard(s, kind, data));
    this.held = undefined;
    lose();
    setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, lastRetryMs);
  }

  /** watch notices a connection that is open and says nothing. */
  private watch(): void {
    const silent = Date.now() - store.state.link.heard;
    if (silent > silenceMs) lose();
    if (silent > hungMs && this.source && !this.held) this.retry(this.source);
  }
}

function lose(): void {
  store.change((s) => (s.link.state === "lost" ? s : { ...s, link: { ...s.link, state: "lost" } }));
}

/** fetchAll asks for every list at once, and returns what puts them into a state. */
async function fetchAll(now: State): Promise<(s: State) => State> {
  const [site, robots, patrol, faults, tickets, runs, inspections, zones, alarms, portals, stop, silences, outside] = await Promise.all([
    ask<Site>("site"),
    ask<Robot[]>("robots"),
    ask<Patrol>("patrol"),
    ask<Fault[]>("faults"),
    ask<Ticket[]>("tickets"),
    ask<Run[]>("remedies"),
    ask<Inspection[]>("inspections"),
    ask<Zone[]>("zones"),
    ask<Alarm[]>("alarms"),
    ask<Portal[]>("portals"),
    ask<Stop>("remedies/stop"),
    ask<Silence[]>("silences"),
    ask<OutsideAlarm[]>("inbound?newest=" + outsideKept),
  ]);
  const looks = await openLooks(now.open);
  const withLooks = (s: State) => looks.reduce((n, o) => heard(n, "look", o), s);
  return (s) => ({
    ...withLooks(patrolled(s, patrol)),
    site: s.site?.package === site.package ? s.site : site,
    robots,
    faults: byId(faults),
    tickets: byId(tickets),
    runs: byId(runs),
    inspections: byId(inspections),
    zones,
    alarms,
    portals,
    stop,
    silences,
    outside: byId(outside),
  });
}

/** openLooks asks for the looks of the open rack, if one is. */
async function openLooks(rack: string | undefined): Promise<Observation[]> {
  if (rack === undefined) return [];
  return (await ask<{ looks: Observation[] }>("racks/" + encodeURIComponent(rack))).looks;
}

/** openRack keeps a rack's newest looks in the store from now on; undefined keeps none. */
export async function openRack(rack: string | undefined): Promise<void> {
  store.change((s) => opened(s, rack));
  const looks = await openLooks(rack);
  store.change((s) => looks.reduce((n, o) => heard(n, "look", o), s));
}
