// Faults: what is open first, then what was.

import { isOpen, openFaults } from "../racks";
import { linkTo } from "../route";
import { useStore } from "../store";
import type { Fault } from "../types";
import { Outside } from "./Outside";
import { Ago, Empty, Grade, Heard, place, StateChip } from "./parts";
import { Silences } from "./Silences";

const closedShown = 50;

export function FaultList() {
  const faults = useStore((s) => s.faults);
  const open = openFaults(faults);
  const silences = useStore((s) => s.silences.length);
  const closed = [...faults.values()].filter((f) => !isOpen(f.state)).sort((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt));
  return (
    <>
      <h2>Open</h2>
      {open.length === 0 && <Empty sign="ok">Nothing is out of order, as far as the robots have looked.</Empty>}
      <ul class="rows" id="faults">{open.map((f) => <FaultRow key={f.id} f={f} />)}</ul>
      <Outside />
      {silences > 0 && <h2>Silences</h2>}
      <Silences />
      {closed.length > 0 && <h2>Closed</h2>}
      <ul class="rows">{closed.slice(0, closedShown).map((f) => <FaultRow key={f.id} f={f} />)}</ul>
    </>
  );
}

export function FaultRow({ f }: { f: Fault }) {
  return (
    <li data-fault={f.id} data-state={f.state}>
      <a class="row" href={linkTo({ place: "faults", id: f.id })}>
        <Grade severity={f.severity} open={isOpen(f.state)} />
        <span class="row-main">
          <b>{place(f)}</b>
          <span class="cause">{f.cause}</span>
        </span>
        <span class="row-side">
          <Heard f={f} />
          <StateChip state={f.state} />
          <small><Ago at={isOpen(f.state) ? f.openedAt : f.updatedAt} /></small>
        </span>
      </a>
    </li>
  );
}
