// Was a fault told rightly? The answer is kept, and counted.

import { useState } from "preact/hooks";
import { InName } from "./InName";

const judgements: [string, string][] = [["right", "Yes"], ["wrong-place", "Wrong place"], ["wrong-cause", "Wrong cause"], ["false", "Nothing was wrong"]];

export function Judge({ id }: { id: string }) {
  const [says, setSays] = useState("");
  const [kept, setKept] = useState("");
  return (
    <details class="more" id="judge">
      <summary>Was this told rightly?</summary>
      <InName id="judge-it" verb="Judge" what={`faults/${encodeURIComponent(id)}/judge`} more={{ says }} unready={!says} text={{ key: "note", label: "What it was, if you like" }} onDone={() => setKept(says)}>
        <fieldset class="choices">
          <legend class="unseen">Was this told rightly?</legend>
          {judgements.map(([j, text]) => (
            <label key={j}><input type="radio" name="judgement" value={j} checked={says === j} onChange={() => setSays(j)} /> {text}</label>
          ))}
        </fieldset>
      </InName>
      <p role="status">{kept && `Kept: ${judgements.find(([j]) => j === kept)?.[1].toLowerCase()}.`}</p>
    </details>
  );
}
