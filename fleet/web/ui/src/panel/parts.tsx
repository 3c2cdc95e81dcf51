// Small parts that several panels share.

import { Icon, type Sign } from "../icons";
import { isOpen } from "../racks";
import { useStore } from "../store";
import { ago } from "../time";
import type { Fault, FaultState, Severity } from "../types";

/** Grade says a severity by icon, colour and word. */
export function Grade({ severity, open = true }: { severity: Severity; open?: boolean }) {
  return (
    <span class={"grade " + (open ? severity : "ok")}>
      <Icon sign={open ? severity : "ok"} size={15} />
      <span class="unseen">{severity}</span>
    </span>
  );
}

const life: FaultState[] = ["suspected", "confirmed", "ticketed", "remediating", "verifying", "resolved"];

/** Life shows how far a fault has come on its way from suspected to resolved. */
export function Life({ state }: { state: FaultState }) {
  const place = life.indexOf(state);
  const aside = place < 0;
  return (
    <ol class="life" aria-label={"State: " + state}>
      {life.map((s, i) => (
        <li key={s} class={i < place ? "past" : i === place ? "here" : ""} aria-current={i === place ? "step" : undefined}>
          {s}
        </li>
      ))}
      {aside && <li class="here aside">{state}</li>}
    </ol>
  );
}

export function StateChip({ state }: { state: string }) {
  return <span class={"chip chip-" + state}>{state.replaceAll("-", " ")}</span>;
}

/** Heard says what keeps a fault quiet, or made it louder. */
export function Heard({ f }: { f: Fault }) {
  return (
    <>
      {f.held && !f.held.over && isOpen(f.state) && <span class="chip chip-silenced" title={f.held.why}>silenced</span>}
      {(f.level ?? 0) > 0 && isOpen(f.state) && <span class="chip chip-raised">raised</span>}
    </>
  );
}

/** Ago is the age of a moment in site time, kept up to date. */
export function Ago({ at }: { at: string | undefined }) {
  const text = useStore((s) => ago(at, s.at));
  return <time dateTime={at}>{text}</time>;
}

/** place is where a fault is, in one line: rack, face, unit, device; or what feeds or cools many. */
export function place(f: Pick<Fault, "rack" | "face" | "unit" | "device" | "hall" | "hypotheses">): string {
  if (!f.rack) return [f.hall, f.hypotheses?.[0]?.supply].filter(Boolean).join(" · ");
  return `${f.rack} ${f.face} · U${f.unit}` + (f.device ? ` · ${f.device}` : "");
}

export function Empty({ sign, children }: { sign: Sign; children: preact.ComponentChildren }) {
  return (
    <p class="empty">
      <Icon sign={sign} size={18} /> <span>{children}</span>
    </p>
  );
}
