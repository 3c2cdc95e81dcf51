// Questions whose answers are not told as events: they are asked again when what they rest on has changed.

import { useEffect, useState } from "preact/hooks";
import { ask } from "./api";

/** useAsked is the newest answer, and why there is none; it is asked at every turn, and not while there is no question. */
export function useAsked<T>(what: string | false, turn: string | number): [T | undefined, string] {
  const [told, setTold] = useState<T>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!what) return;
    let stale = false;
    ask<T>(what).then(
      (now) => stale || (setTold(now), setProblem("")),
      (e: Error) => stale || setProblem(e.message),
    );
    return () => {
      stale = true;
    };
  }, [what, turn]);
  return [told, problem];
}
