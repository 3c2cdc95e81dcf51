// A form that does one thing in a person's name.

import { useState } from "preact/hooks";
import { operator, rememberOperator, send } from "../api";
import { Icon } from "../icons";
import { heard, store, useStore } from "../store";

/** InName asks for a name once, and does what it says in that name. The answer is taken for an event of the kind, if one is named. */
export function InName({ id, verb, what, kind }: { id: string; verb: string; what: string; kind?: string }) {
  const [name, setName] = useState(operator());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const lost = useStore((s) => s.link.state === "lost");
  const act = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const by = name.trim();
      rememberOperator(by);
      const now = await send<unknown>(what, { by });
      if (kind) store.change((s) => heard(s, kind, now));
    } catch (e) {
      setProblem((e as Error).message);
    }
    setBusy(false);
  };
  return (
    <form class="in-name" onSubmit={act}>
      <input required maxLength={200} value={name} placeholder="Your name" aria-label="Your name" autocomplete="name" onInput={(e) => setName(e.currentTarget.value)} />
      <button class="primary" id={id} disabled={busy || lost || !name.trim()}>{verb}</button>
      {problem && <p class="bad" role="alert"><Icon sign="warning" /> {problem}</p>}
    </form>
  );
}
