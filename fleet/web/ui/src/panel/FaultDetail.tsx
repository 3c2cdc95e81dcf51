// One fault: where, what and why, how far it has come, its pictures before and after, its ticket and its repair.

import { useAsked } from "../asked";
import { isOpen } from "../racks";
import { linkTo } from "../route";
import { useStore } from "../store";
import { clock } from "../time";
import type { Fault, Report } from "../types";
import { Judge } from "./Judge";
import { Ago, Grade, Heard, Life, place, StateChip } from "./parts";
import { Pictures } from "./Pictures";
import { Repair } from "./Repair";
import { NewSilence, Silences, type Scope } from "./Silences";
import { Delivery } from "./TicketList";

export function FaultDetail({ id }: { id: string }) {
  const f = useStore((s) => s.faults.get(id));
  if (!f) return <p class="empty">There is no fault {id}. <a href={linkTo({ place: "faults" })}>All faults</a></p>;
  return (
    <article id="fault" data-fault={f.id} data-state={f.state}>
      <h2><Grade severity={f.severity} open={isOpen(f.state)} /> {f.id} <span class="quiet">{f.kind}</span></h2>
      <p class="headline">{f.cause}</p>
      <p>{f.rack ? <a href={linkTo({ place: "racks", id: f.rack })}>{place(f)}</a> : place(f)}{f.led && ` · light ${f.led}`}</p>
      <Life state={f.state} />
      <Heard f={f} />
      <p class="quiet">
        Since <Ago at={f.openedAt} />, seen in {f.sightings?.length ?? 0} looks, confidence {Math.min(99.9, Math.floor(f.confidence * 1000) / 10)} %.
      </p>
      {f.held && !f.held.over && isOpen(f.state) ? (
        <>
          <p id="held">No ticket while {f.held.by} holds: {f.held.why}</p>
          <Silences of={(s) => s.id === f.held?.by} />
        </>
      ) : isOpen(f.state) && <NewSilence scopes={scopes(f)} />}
      {f.parent && <p>A symptom of <a href={linkTo({ place: "faults", id: f.parent })}>{f.parent}</a>.</p>}
      <Causes f={f} />
      <Reports f={f} />
      {f.symptoms && f.symptoms.length > 0 && <><h3>It also explains</h3><ul class="plain">{f.symptoms.map((s) => <li key={s}>{s}</li>)}</ul></>}
      <Repair f={f} />
      <Evidence f={f} />
      <TicketOf id={f.id} />
      <Judge id={f.id} />
      <Timeline f={f} />
    </article>
  );
}

/** scopes are what can be silenced from here, the narrowest first. */
function scopes(f: Fault): Scope[] {
  const supply = f.hypotheses?.[0]?.supply;
  const out: Scope[] = [];
  if (f.device) out.push([`${f.kind} at ${f.device}`, { devices: [f.device], kinds: [f.kind] }], [`all of ${f.device}`, { devices: [f.device] }]);
  if (f.rack) out.push([`all of rack ${f.rack}`, { racks: [f.rack] }]);
  if (supply) out.push([`all that ${supply} causes`, { supplies: [supply] }]);
  return out;
}

/** Causes are what may be behind a fault, the most probable first, with the evidence. */
function Causes({ f }: { f: Fault }) {
  const all = f.hypotheses ?? [];
  if (all.length === 0) return null;
  return (
    <section id="causes">
      <h3>What may be behind it</h3>
      <ul class="plain">
        {all.map((h) => (
          <li key={h.what}>
            <b>{h.probability < 0.005 ? "< 1" : Math.round(100 * h.probability)} %</b> {h.what}
            {(h.for ?? []).map((s) => <span key={s} class="quiet"><br />for: {s}</span>)}
            {(h.against ?? []).map((s) => <span key={s} class="quiet"><br />against: {s}</span>)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Reports are what machines and the building said of it themselves. */
function Reports({ f }: { f: Fault }) {
  const zone = useStore((s) => s.site?.timeZone);
  const [said = [], problem] = useAsked<Report[]>(`faults/${encodeURIComponent(f.id)}/reports`, f.updatedAt + (f.hypotheses ?? []).map((h) => h.probability));
  if (said.length === 0 && !problem) return null;
  return (
    <section id="reports">
      <h3>What machines said</h3>
      {problem && <p class="bad">It is not known: {problem}</p>}
      <ol class="timeline">
        {said.map((r) => (
          <li key={r.by + r.says}>
            <time dateTime={r.at}>{clock(r.at, zone)}</time>
            <span class={r.inOrder ? "quiet" : ""}>{r.inOrder && "in order: "}{r.says}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Evidence({ f }: { f: Fault }) {
  const some = (f.before?.length ?? 0) + (f.after?.length ?? 0) > 0;
  if (!some) return null;
  return (
    <div class="evidence" id="evidence">
      <section>
        <h3>When found</h3>
        <Pictures refs={f.before} of={`${f.rack} when ${f.id} was found`} />
      </section>
      {f.after && f.after.length > 0 && (
        <section>
          <h3>After the repair</h3>
          <Pictures refs={f.after} of={`${f.rack} after the repair of ${f.id}`} />
        </section>
      )}
    </div>
  );
}

function TicketOf({ id }: { id: string }) {
  const tickets = useStore((s) => s.tickets);
  const t = [...tickets.values()].find((v) => v.faultId === id);
  if (!t) return null;
  return (
    <section data-ticket={t.id}>
      <h3>Ticket</h3>
      <p><b>{t.id}</b> <StateChip state={t.state} /> revision {t.revision}{t.assetTag && `, asset ${t.assetTag}`}</p>
      <Delivery t={t} />
    </section>
  );
}

function Timeline({ f }: { f: Fault }) {
  const zone = useStore((s) => s.site?.timeZone);
  return (
    <section>
      <h3>What happened</h3>
      <ol class="timeline">
        {(f.timeline ?? []).map((e) => (
          <li key={e.at + e.what}>
            <time dateTime={e.at}>{clock(e.at, zone)}</time>
            <span>{e.what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
