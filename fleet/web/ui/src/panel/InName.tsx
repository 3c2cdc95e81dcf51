// A form that does one thing in a person's name.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { rememberOperator, send } from "../api";
import { Icon } from "../icons";
import { heard, store, useStore } from "../store";

/** Act is one thing to be done: what is posted where. The answer is taken for an event of the kind, if one is named. */
export interface Act {
  id: string;
  verb: string;
  what: string;
  kind?: string;
  more?: Record<string, unknown>;
}

interface Props extends Act {
  text?: { key: string; label: string; needed?: boolean }; // that goes with it
  or?: Act; // what else can be done here; never by the Enter key
  unready?: boolean;
  danger?: boolean;
  onDone?: () => void;
  children?: ComponentChildren; // above the name
}

/** InName asks for a name once, and does what it says in that name. */
export function InName({ text, or, unready, danger, onDone, children, ...first }: Props) {
  const name = useStore((s) => s.operator);
  const [says, setSays] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const lost = useStore((s) => s.link.state === "lost");
  const act = async ({ what, more, kind }: Act) => {
    setBusy(true);
    setProblem("");
    try {
      const by = name.trim();
      rememberOperator(by);
      const now = await send<unknown>(what, { ...more, ...(text && says.trim() ? { [text.key]: says.trim() } : {}), by });
      if (kind) store.change((s) => heard(s, kind, now));
      onDone?.();
    } catch (e) {
      setProblem((e as Error).message);
    }
    setBusy(false);
  };
  const off = busy || lost || unready || !name.trim() || (text?.needed && !says.trim());
  return (
    <form class="in-name" onSubmit={(e) => (e.preventDefault(), act(first))}>
      {children}
      {text && <input class="wide" required={text.needed} maxLength={200} value={says} placeholder={text.label} aria-label={text.label} onInput={(e) => setSays(e.currentTarget.value)} />}
      <input required maxLength={200} value={name} placeholder="Your name" aria-label="Your name" autocomplete="name" onInput={(e) => named(e.currentTarget.value)} />
      <button class={danger ? "primary danger" : "primary"} id={first.id} disabled={off}>{first.verb}</button>
      {or && <button type="button" class="plain-button" id={or.id} disabled={off} onClick={() => act(or)}>{or.verb}</button>}
      {problem && <p class="bad" role="alert"><Icon sign="warning" /> {problem.replace(/^refused: /, "")}</p>}
    </form>
  );
}

function named(operator: string): void {
  store.change((s) => ({ ...s, operator }));
}
