// Tickets: faults in somebody's ticket system, and whether that system has them.

import { linkTo } from "../route";
import { useStore } from "../store";
import type { Delivery as SinkDelivery, Ticket } from "../types";
import { InName } from "./InName";
import { Sinks } from "./Sinks";
import { Ago, Empty, Grade, StateChip } from "./parts";

export function TicketList() {
  const tickets = useStore((s) => s.tickets);
  const all = [...tickets.values()].sort(
    (a, b) => Number(b.state === "open") - Number(a.state === "open") || Date.parse(b.updatedAt) - Date.parse(a.updatedAt),
  );
  const dead = deadOf(all);
  return (
    <>
      <DeadLetters dead={dead} />
      <Sinks dead={dead.length} />
      <h2>Tickets</h2>
      {all.length === 0 && <Empty sign="ok">No ticket was opened yet.</Empty>}
      <ul class="rows" id="tickets">{all.map((t) => <TicketRow key={t.id} t={t} />)}</ul>
    </>
  );
}

interface Dead {
  t: Ticket;
  sink: string;
  d: SinkDelivery;
}

function deadOf(all: Ticket[]): Dead[] {
  return all.flatMap((t) => Object.entries(t.sinks ?? {}).filter(([, d]) => (d.dead ?? 0) >= t.revision).map(([sink, d]) => ({ t, sink, d })));
}

/** DeadLetters are the tickets that a ticket system would not take: what it said, and a person's wish to try again. */
function DeadLetters({ dead }: { dead: Dead[] }) {
  if (dead.length === 0) return null;
  return (
    <section id="dead-letters">
      <h2>Given up</h2>
      {dead.map(({ t, sink, d }) => (
        <article key={t.id + sink} data-dead={t.id} data-sink={sink}>
          <p class="headline"><a href={linkTo({ place: "faults", id: t.faultId })}>{t.id}</a> {t.title}</p>
          <p class="bad">{sink} would not take revision {d.dead}: {d.said}</p>
          <p class="quiet">{d.refusals ?? 0} refusals{d.number && `, known there as ${d.number}`}</p>
          <InName id={`resend-${t.id}-${sink}`} verb="Send again" what={`tickets/${encodeURIComponent(t.id)}/resend`} />
        </article>
      ))}
    </section>
  );
}

function TicketRow({ t }: { t: Ticket }) {
  return (
    <li data-ticket={t.id} data-state={t.state}>
      <a class="row" href={linkTo({ place: "faults", id: t.faultId })}>
        <Grade severity={t.severity} open={t.state === "open"} />
        <span class="row-main">
          <b>{t.id}</b>
          <span class="cause">{t.title}</span>
          <Delivery t={t} />
        </span>
        <span class="row-side">
          <StateChip state={t.state} />
          <small><Ago at={t.closedAt ?? t.openedAt} /></small>
        </span>
      </a>
    </li>
  );
}

/** Delivery says which ticket system has the newest revision, and what keeps it from the others. */
export function Delivery({ t }: { t: Ticket }) {
  const sinks = Object.entries(t.delivered ?? {}).map(([sink, revision]) => {
    const number = t.sinks?.[sink]?.number;
    return `${sink} has revision ${revision} of ${t.revision}${number ? ` as ${number}` : ""}`;
  });
  const problems = Object.entries(t.problems ?? {}).map(([sink, why]) => `${sink}: ${why}`);
  return (
    <>
      {sinks.length > 0 && <small>{sinks.join("; ")}</small>}
      {problems.length > 0 && <small class="bad">{problems.join("; ")}</small>}
    </>
  );
}
