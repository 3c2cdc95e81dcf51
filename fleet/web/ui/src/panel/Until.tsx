// Until when something holds: for some hours, or until a time of day at the site.

import { useStore } from "../store";
import { age, clock, nextAt } from "../time";

/** Choice is a key, what its button says, and how long it is, ms; 0 for what has no end of its own. */
export type Choice = [key: string, text: string, ms: number];

/** endOf is when a choice ends, ms: at is a time of day, hh:mm. */
export function endOf(choices: Choice[], lasts: string, at: string, now: number, zone: string | undefined): number | undefined {
  if (lasts === "at") return nextAt(at, now, zone);
  const ms = choices.find(([key]) => key === lasts)?.[2];
  return ms ? now + ms : undefined;
}

/** holds is how the controller is told of an end: of hours by their number, for its clock is not the page's. */
export function holds(lasts: string, end: number | undefined, now: number): { until?: string; forSeconds?: number } {
  if (end === undefined) return {};
  return lasts === "at" ? { until: new Date(end).toISOString() } : { forSeconds: (end - now) / 1000 };
}

interface Props {
  id: string;
  choices: Choice[];
  lasts: string; // a key, or "at"
  at: string;
  endless?: string; // what is said of a choice without an end
  onChange: (lasts: string, at: string) => void;
}

export function Until({ id, choices, lasts, at, endless, onChange }: Props) {
  const now = useStore((s) => s.at);
  const zone = useStore((s) => s.site?.timeZone);
  const end = endOf(choices, lasts, at, now, zone);
  const name = zone || "UTC";
  return (
    <fieldset>
      <legend>Until when</legend>
      <div class="until">
        <div class="switch">
          {[...choices, ["at", "At a time"] as const].map(([key, text]) => (
            <button key={key} type="button" data-lasts={key} aria-pressed={lasts === key} onClick={() => onChange(key, at)}>{text}</button>
          ))}
        </div>
        <input type="time" name="at" aria-label={`Time at which it ends, ${name}`} value={at} required={lasts === "at"} onInput={(e) => onChange("at", e.currentTarget.value)} />
      </div>
      <p class="quiet" id={id}>
        {end !== undefined ? `Ends at ${clock(end, zone).slice(0, 5)}, ${name}${lasts === "at" ? `, in ${age(end - now)}` : ""}.` : lasts === "at" ? `Say when, ${name}.` : endless}
      </p>
    </fieldset>
  );
}
