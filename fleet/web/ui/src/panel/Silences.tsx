// Silences: which hold, until when, what they hold back; one for a rack or a fault; and the end of one.

import { useEffect, useState } from "preact/hooks";
import { ask } from "../api";
import { Icon } from "../icons";
import { isOpen } from "../racks";
import { linkTo } from "../route";
import { heard, store, useStore } from "../store";
import { clock } from "../time";
import type { Silence } from "../types";
import { InName } from "./InName";
import { endOf, holds, Until, type Choice } from "./Until";

/** Scope is what a silence can be for: its words, and how the controller is told. */
export type Scope = [text: string, target: Record<string, string[]>];

/** Silences are all silences, or those that some predicate picks. */
export function Silences({ of }: { of?: (s: Silence) => boolean }) {
  const all = useStore((s) => s.silences);
  useTurns(all);
  const shown = of ? all.filter(of) : all;
  if (shown.length === 0) return null;
  return <ul class="rows" data-silences={shown.length}>{shown.map((s) => <SilenceRow key={s.id} s={s} />)}</ul>;
}

/** useTurns asks again when one of the silences begins or ends. */
function useTurns(all: Silence[]): void {
  const turned = useStore((s) => all.filter((v) => s.at >= Date.parse(v.ends ?? v.begins ?? "9999-01-01")).length);
  useEffect(() => {
    if (!turned) return;
    ask<Silence[]>("silences").then((now) => store.change((s) => heard(s, "silences", now)), () => undefined); // the next event or reconnection tells
  }, [turned]);
}

/** target is what a silence is for, in words. */
function target(s: Silence): string {
  const where = [["hall", s.halls], ["row", s.rows], ["rack", s.racks], ["device", s.devices], ["supply", s.supplies]] as const;
  const places = where.filter(([, ids]) => ids?.length).map(([what, ids]) => `${what} ${ids?.join(", ")}`);
  return (s.kinds?.length ? `only ${s.kinds.join(", ")} at ` : "") + (places.join("; ") || "the whole site");
}

function SilenceRow({ s }: { s: Silence }) {
  const faults = useStore((v) => v.faults);
  const held = [...faults.values()].filter((f) => f.held?.by === s.id && !f.held.over && isOpen(f.state));
  return (
    <li class="zone" data-silence={s.id}>
      <span class={"sign " + (s.holds ? "sign-warning" : "sign-idle")}><Icon sign={s.holds ? "quiet" : "waiting"} size={16} /></span>
      <span>
        <b>{s.id}</b> {target(s)}: {s.why}. {s.holds ? "Holds until " : "Holds again from "}<When at={s.ends ?? s.begins} />{s.recurs && ", and recurs"}{s.by && `, says ${s.by}`}.
        <br />
        <span class="quiet">
          {held.length === 0 ? "It holds nothing back now." : "Holds back "}
          {held.map((f, i) => <span key={f.id}>{i > 0 && ", "}<a href={linkTo({ place: "faults", id: f.id })}>{f.id}</a></span>)}
          {s.file && ` From ${s.file}.`}
        </span>
      </span>
      <InName id={"end-" + s.id} verb="End it" what={`silences/${encodeURIComponent(s.id)}/end`} />
    </li>
  );
}

const dayMs = 24 * 3_600_000;

/** When is a time of day at the site, with its date where it is not within a day. */
function When({ at }: { at: string | undefined }) {
  const zone = useStore((s) => s.site?.timeZone);
  const near = useStore((s) => !!at && Math.abs(Date.parse(at) - s.at) < dayMs);
  if (!at) return <>further notice</>;
  const date = near ? "" : new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: zone || "UTC" }) + " ";
  return <time dateTime={at}>{date}{clock(at, zone).slice(0, 5)}</time>;
}

const hourMs = 3_600_000;
const choices: Choice[] = [["1h", "1 h", hourMs], ["4h", "4 h", 4 * hourMs], ["12h", "12 h", 12 * hourMs]];

/** NewSilence is the button and the form that make one for what is shown. */
export function NewSilence({ scopes }: { scopes: Scope[] }) {
  const [asked, setAsked] = useState(false);
  const [scope, setScope] = useState(0);
  const [lasts, setLasts] = useState("1h");
  const [at, setAt] = useState("");
  const now = useStore((s) => s.at);
  const zone = useStore((s) => s.site?.timeZone);
  const chosen = scopes[scope] ?? scopes[0];
  const end = endOf(choices, lasts, at, now, zone);
  if (!chosen) return null;
  return (
    <>
      <button type="button" class="plain-button" id="silence" aria-expanded={asked} onClick={() => setAsked(!asked)}>Silence…</button>
      {asked && (
        <div class="new-zone" id="silence-form">
          <InName id="make-silence" verb="Silence it" what="silences" more={{ ...chosen[1], ...holds(lasts, end, now) }} unready={!end} text={{ key: "why", label: "Why", needed: true }} onDone={() => setAsked(false)}>
            <fieldset>
              <legend>Hold back tickets and repairs of{scopes.length === 1 && " " + chosen[0]}</legend>
              <div class="choices">
                {scopes.length > 1 && scopes.map(([text], i) => <label key={text}><input type="radio" name="silence-scope" checked={i === scope} onChange={() => setScope(i)} /> {text}</label>)}
              </div>
              <p class="quiet">Robots go on looking, and faults are still shown.</p>
            </fieldset>
            <Until id="silence-until" choices={choices} lasts={lasts} at={at} onChange={(l, t) => (setLasts(l), setAt(t))} />
          </InName>
        </div>
      )}
    </>
  );
}
