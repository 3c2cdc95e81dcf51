// Ages and times as an operator reads them. All times are site time, in ms.

export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 ? `${h} h ${min % 60} min` : `${h} h`;
  return h % 24 ? `${Math.floor(h / 24)} d ${h % 24} h` : `${Math.floor(h / 24)} d`;
}

/** ago is the age of a moment; "never" for Go's zero time and for none. */
export function ago(at: string | undefined, now: number): string {
  if (!at || at.startsWith("0001-")) return "never";
  return age(now - Date.parse(at)) + " ago";
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** clock is a moment's time of day in the site's time zone. */
export function clock(at: number | string, timeZone: string | undefined): string {
  const zone = timeZone || "UTC";
  let format = clocks.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
    clocks.set(zone, format);
  }
  return format.format(typeof at === "string" ? Date.parse(at) : at);
}

export const nsPerMs = 1e6;

const dayMin = 24 * 60;

/** nextAt is when the site's clocks next show hh:mm, ms; where daylight saving skips that minute, an hour later. */
export function nextAt(time: string, now: number, timeZone: string | undefined): number | undefined {
  const [, h, m] = /^(\d\d?):(\d\d)/.exec(time) ?? [];
  if (h === undefined || m === undefined) return undefined;
  const wanted = Number(h) * 60 + Number(m);
  const minutes = (at: number) => {
    const [hour = 0, minute = 0] = clock(at, timeZone).split(":").map(Number);
    return hour * 60 + minute;
  };
  const start = Math.floor(now / 60_000) * 60_000;
  const ahead = (wanted - minutes(start) + dayMin) % dayMin || dayMin;
  const at = start + ahead * 60_000;
  // A change of the clocks on the way makes it off by that change, half a day at most either way.
  const off = ((wanted - minutes(at) + 1.5 * dayMin) % dayMin) - dayMin / 2;
  const moved = at + off * 60_000;
  const put = minutes(moved) === wanted ? moved : Math.max(at, moved);
  return put > now ? put : put + dayMin * 60_000;
}
