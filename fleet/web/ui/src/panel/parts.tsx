// Small parts that several panels share.

import { Icon, type Sign } from "../icons";
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

/** Ago is the age of a moment in site time, kept up to date. */
export function Ago({ at }: { at: string | undefined }) {
  const text = useStore((s) => ago(at, s.at));
  return <time dateTime={at}>{text}</time>;
}

/** place is where a fault is, in one line: rack, face, unit, device. */
export function place(f: Pick<Fault, "rack" | "face" | "unit" | "device">): string {
  return `${f.rack} ${f.face} · U${f.unit}` + (f.device ? ` · ${f.device}` : "");
}

export function Empty({ sign, children }: { sign: Sign; children: preact.ComponentChildren }) {
  return (
    <p class="empty">
      <Icon sign={sign} size={18} /> <span>{children}</span>
    </p>
  );
}
