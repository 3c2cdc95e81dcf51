// Colours that were checked against all kinds of colour vision; an icon and a text stand beside every one of them.

/** cividis, five stops: age against interval, from just looked at to overdue. */
export const cividis = ["#002051", "#3c4d6e", "#7f7c75", "#bbaf71", "#fdea45"];
/** inferno, for temperatures. */
export const inferno = ["#000004", "#420a68", "#932667", "#dd513a", "#fca50a", "#fcffa4"];

export const ageSteps = 20;

/** ageColour is the shade of an age, as a ratio to its interval; beyond the interval it is the last one. */
export function ageColour(ratio: number): string {
  const step = Math.round(Math.min(1, Math.max(0, ratio)) * ageSteps) / ageSteps;
  return at(cividis, step);
}

export const coolC = 15;
export const hotC = 75;

export function heatColour(celsius: number): string {
  return at(inferno, Math.min(1, Math.max(0, (celsius - coolC) / (hotC - coolC))));
}

function at(stops: string[], t: number): string {
  const place = t * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(place));
  const [a, b] = [rgb(stops[i] ?? "#000000"), rgb(stops[i + 1] ?? "#000000")];
  const mix = a.map((v, n) => Math.round(v + ((b[n] ?? v) - v) * (place - i)));
  return `rgb(${mix.join(",")})`;
}

function rgb(hex: string): number[] {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** inkOn is black or white, whichever is read more easily on an rgb(...) colour (ITU-R BT.601 luma). */
export function inkOn(colour: string): string {
  const [r = 0, g = 0, b = 0] = colour.match(/\d+/g)?.map(Number) ?? [];
  return 0.299 * r + 0.587 * g + 0.114 * b > 125 ? "#101214" : "#ffffff";
}

/** Theme is what the canvas needs of the style sheet. */
export interface Theme {
  floor: string;
  line: string;
  route: string;
  text: string;
  muted: string;
  panel: string;
  accent: string;
  rackLine: string;
  front: string;
  unseen: string;
  info: string;
  warning: string;
  critical: string;
}

export function readTheme(el: Element): Theme {
  const style = getComputedStyle(el);
  const get = (name: string) => style.getPropertyValue("--" + name).trim();
  return {
    floor: get("floor"),
    line: get("line"),
    route: get("route"),
    text: get("text"),
    muted: get("muted"),
    panel: get("panel"),
    accent: get("accent"),
    rackLine: get("rack-line"),
    front: get("front"),
    unseen: get("unseen"),
    info: get("info"),
    warning: get("warning"),
    critical: get("critical"),
  };
}
