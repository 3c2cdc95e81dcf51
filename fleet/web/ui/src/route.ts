// Where the page is, in the address after '#', so that a link or a reload leads to the same place.

import { useEffect, useState } from "preact/hooks";

export interface Route {
  place: "now" | "faults" | "tickets" | "racks" | "robots";
  id?: string;
}

const places = ["faults", "tickets", "racks", "robots"] as const;

export function parse(hash: string): Route {
  const [, place = "", ...rest] = hash.split("/");
  const known = places.find((p) => p === place);
  if (!known) return { place: "now" };
  const id = rest.map(decodeURIComponent).join("/");
  return id ? { place: known, id } : { place: known };
}

export function linkTo(r: Route): string {
  if (r.place === "now") return "#/";
  return "#/" + r.place + (r.id ? "/" + r.id.split("/").map(encodeURIComponent).join("/") : "");
}

export function go(r: Route): void {
  location.hash = linkTo(r);
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
