// Alarms: the banner that nobody can miss while one holds, and the button that raises one.

import { useEffect, useRef, useState } from "preact/hooks";
import { operator, rememberOperator, send } from "./api";
import { Icon } from "./icons";
import { InName } from "./panel/InName";
import { serial } from "./racks";
import { useStore } from "./store";
import { clock } from "./time";
import type { Alarm, Evacuee, Hall } from "./types";

const kinds = { fire: "Fire alarm", evacuation: "Evacuation" };

export function AlarmBanner() {
  const alarms = useStore((s) => s.alarms);
  if (alarms.length === 0) return null;
  return (
    <section class="alarm" id="alarm" role="alert" aria-label="Alarm">
      {alarms.map((a) => <Held key={a.id} a={a} />)}
    </section>
  );
}

function Held({ a }: { a: Alarm }) {
  const zone = useStore((s) => s.site?.timeZone);
  const out = a.robots.filter((r) => r.state === "out").length;
  return (
    <div class="alarm-held" data-alarm={a.id}>
      <p>
        <Icon sign="critical" size={22} />
        <strong>{kinds[a.kind]} in {a.hall || "the whole site"}</strong>
        <span>{a.id}, raised by {a.by} at {clock(Date.parse(a.at), zone)}. Robots leave the aisles: {out} of {a.robots.length} out.</span>
      </p>
      <ul>{a.robots.map((r) => <Where key={r.id} r={r} />)}</ul>
      <InName id={"clear-" + a.id} verb="Clear the alarm" what={`alarms/${a.id}/clear`} />
    </div>
  );
}

/** says is what has become of a robot, for whoever must know where to look for it. */
function says(r: Evacuee): string {
  switch (r.state) {
    case "out":
      return "out, at " + (r.place || r.node);
    case "leaving":
      return r.place ? "on its way to " + r.place : "breaks off";
    case "waiting":
      return `waits at ${r.node}: no free way out`;
    case "unmoving":
      return `takes no orders, at ${r.node}`;
    default:
      return `does not answer, last heard at ${r.node}`;
  }
}

function Where({ r }: { r: Evacuee }) {
  return (
    <li data-evacuee={r.id} data-state={r.state}>
      <b>{serial(r.id)}</b> {says(r)}
    </li>
  );
}

/** RaiseAlarm asks back before it has every robot leave. */
export function RaiseAlarm({ halls }: { halls: Hall[] }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button type="button" class="raise" id="raise-alarm" onClick={() => setAsked(true)}>Alarm…</button>
      {asked && <Question halls={halls} done={() => setAsked(false)} />}
    </>
  );
}

function Question({ halls, done }: { halls: Hall[]; done: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [kind, setKind] = useState("evacuation");
  const [hall, setHall] = useState("");
  const [name, setName] = useState(operator());
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const raise = async (e: Event) => {
    e.preventDefault();
    try {
      const by = name.trim();
      rememberOperator(by);
      await send<unknown>("alarms", { kind, hall, by });
      done();
    } catch (e) {
      setProblem((e as Error).message);
    }
  };
  return (
    <dialog ref={dialog} class="ask" id="alarm-dialog" aria-label="Raise an alarm" onClose={done}>
      <form onSubmit={raise}>
        <h2>Raise an alarm?</h2>
        <p>Every robot breaks off what it does, leaves aisles and doorways and stands at a safe place until somebody clears the alarm. Nobody is called: call the fire brigade yourself.</p>
        <fieldset>
          {(["evacuation", "fire"] as const).map((k) => (
            <label key={k}><input type="radio" name="kind" value={k} checked={kind === k} onChange={() => setKind(k)} /> {kinds[k]}</label>
          ))}
        </fieldset>
        {halls.length > 1 && (
          <select aria-label="Where" value={hall} onChange={(e) => setHall(e.currentTarget.value)}>
            <option value="">The whole site</option>
            {halls.map((h) => <option key={h.id} value={h.id}>{h.id}</option>)}
          </select>
        )}
        <input required maxLength={200} value={name} placeholder="Your name" aria-label="Your name" autocomplete="name" onInput={(e) => setName(e.currentTarget.value)} />
        {problem && <p class="bad" role="alert"><Icon sign="warning" /> {problem}</p>}
        <p class="ask-buttons">
          <button type="button" id="leave-alarm" onClick={done}>Do not raise it</button>
          <button class="primary danger" id="confirm-alarm" disabled={!name.trim()}>Raise the alarm</button>
        </p>
      </form>
    </dialog>
  );
}
