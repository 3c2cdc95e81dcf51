// Evidence: the pictures of a look, side by side, enlarged on a click.

import { useEffect, useRef, useState } from "preact/hooks";
import { evidenceAddress } from "../api";
import type { EvidenceRef } from "../types";

export function Pictures({ refs, of }: { refs: EvidenceRef[] | null; of: string }) {
  const [large, setLarge] = useState<EvidenceRef>();
  if (!refs || refs.length === 0) return null;
  return (
    <div class="pictures">
      {[...refs].sort(visualFirst).map((r) => <Picture key={r.sha256} r={r} of={of} onOpen={() => setLarge(r)} />)}
      {large && <Large r={large} of={of} onClose={() => setLarge(undefined)} />}
    </div>
  );
}

function visualFirst(a: EvidenceRef, b: EvidenceRef): number {
  return Number(a.kind === "thermal") - Number(b.kind === "thermal");
}

const againMs = 3_000; // evidence may arrive after the look that names it

function Picture({ r, of, onOpen }: { r: EvidenceRef; of: string; onOpen: () => void }) {
  const [tries, setTries] = useState(0);
  const [absent, setAbsent] = useState(false);
  useEffect(() => {
    if (!absent) return;
    const later = setTimeout(() => {
      setAbsent(false);
      setTries((n) => n + 1);
    }, againMs * 2 ** Math.min(tries, 5));
    return () => clearTimeout(later);
  }, [absent]);
  return (
    <figure>
      {absent ? (
        <div class="absent">on its way</div>
      ) : (
        <button type="button" class="shot" onClick={onOpen} aria-label={`Enlarge the ${r.kind} picture of ${of}`}>
          <img src={evidenceAddress(r.sha256)} alt={`${r.kind} picture of ${of}`} loading="lazy" onError={() => setAbsent(true)} data-evidence={r.kind} />
        </button>
      )}
      <figcaption>{r.kind}</figcaption>
    </figure>
  );
}

function Large({ r, of, onClose }: { r: EvidenceRef; of: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="large" onClose={onClose} onClick={() => dialog.current?.close()} aria-label={`${r.kind} picture of ${of}`}>
      <img src={evidenceAddress(r.sha256)} alt={`${r.kind} picture of ${of}`} />
      <p>
        {of}, {r.kind} <button type="button">Close</button>
      </p>
    </dialog>
  );
}
