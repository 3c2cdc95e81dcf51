// Ticket systems: what waits for each, what it said instead of taking something, and all that it would not take again.

import { useAsked } from "../asked";
import { Icon } from "../icons";
import { useStore } from "../store";
import type { Sink } from "../types";
import { InName } from "./InName";

const againMs = 5_000; // how far a system has come is asked, not told

export function Sinks({ dead }: { dead: number }) {
  const turn = useStore((s) => Math.floor(s.at / againMs));
  const [sinks = [], problem] = useAsked<Sink[]>("sinks", `${turn} ${dead}`);
  if (sinks.length === 0 && !problem) return null;
  return (
    <>
      <h2>Ticket systems</h2>
      {problem && <p class="bad"><Icon sign="warning" /> How they are is not known: {problem}</p>}
      <ul class="rows" id="sinks">{sinks.map((s) => <SinkRow key={s.name} s={s} />)}</ul>
    </>
  );
}

function SinkRow({ s }: { s: Sink }) {
  const ill = s.down !== undefined || s.dead > 0;
  return (
    <li class="zone" data-sink={s.name}>
      <span class={"sign " + (ill ? "sign-warning" : "sign-idle")}><Icon sign={ill ? "warning" : "ok"} size={16} /></span>
      <span>
        <b>{s.name}</b>{s.kind && s.kind !== s.name && ` (${s.kind})`}: {s.down ? "does not answer and is tried again soon; " : ""}
        {s.waiting === 0 ? "nothing waits" : `${s.waiting} wait${s.waiting === 1 ? "s" : ""}`}{s.dead > 0 && `, ${s.dead} given up`}.
        {s.said && <span class="quiet"><br />It said: {s.said}</span>}
      </span>
      {s.dead > 0 && <InName id={"resend-all-" + s.name} verb={s.dead === 1 ? "Send it again" : `Send all ${s.dead} again`} what="dead-letters/resend" more={{ sink: s.name }} />}
    </li>
  );
}
