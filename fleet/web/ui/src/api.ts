// The controller's JSON API: questions and wishes. An answer that is no answer becomes an Error that can be shown.

const base = "/api/v1/";

export async function ask<T>(what: string): Promise<T> {
  return answer<T>(await fetch(base + what, { headers: { Accept: "application/json" }, cache: "no-store" }));
}

export async function send<T>(what: string, body: unknown): Promise<T> {
  return answer<T>(
    await fetch(base + what, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

export function evidenceAddress(sha256: string): string {
  return base + "evidence/" + sha256;
}

async function answer<T>(r: Response): Promise<T> {
  if (!r.ok) throw new Error(await reason(r));
  return (await r.json()) as T;
}

/** reason reads the detail of an RFC 9457 problem, or says the status. */
async function reason(r: Response): Promise<string> {
  try {
    const problem = (await r.json()) as { detail?: string; title?: string };
    return problem.detail || problem.title || `${r.status} ${r.statusText}`;
  } catch {
    return `${r.status} ${r.statusText}`;
  }
}

const nameKey = "nightrounds.operator";

/** operator is the name under which this browser's wishes are journaled; empty until somebody has said it. */
export function operator(): string {
  return localStorage.getItem(nameKey) ?? "";
}

export function rememberOperator(name: string): void {
  localStorage.setItem(nameKey, name);
}
