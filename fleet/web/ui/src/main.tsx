// The operator's page: the hall on the left, what is asked about it on the right.

import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { AlarmBanner } from "./Alarm";
import { HallMap } from "./hall/HallMap";
import { Header, LostBanner } from "./Header";
import { listen } from "./live";
import { FaultDetail } from "./panel/FaultDetail";
import { FaultList } from "./panel/FaultList";
import { Now } from "./panel/Now";
import { RackList } from "./panel/RackList";
import { RackPanel } from "./panel/RackPanel";
import { StoppedBanner } from "./panel/Repairs";
import { TicketList } from "./panel/TicketList";
import { openFaults } from "./racks";
import { linkTo, useRoute, type Route } from "./route";
import { store, useStore } from "./store";
import { clock } from "./time";
import type { Hall } from "./types";

function Page() {
  const site = useStore((s) => s.site);
  const link = useStore((s) => s.link.state);
  const route = useRoute();
  const [hallId, setHall] = useState("");
  const selectedRack = useStore((s) => rackOf(route, (id) => s.faults.get(id)?.rack));
  const wanted = site?.halls.find((h) => h.racks.some((r) => r.id === selectedRack))?.id;
  useEffect(() => {
    if (wanted) setHall(wanted);
  }, [wanted]);
  useEffect(() => {
    document.documentElement.dataset.link = link;
  }, [link]);
  const hall = site?.halls.find((h) => h.id === hallId) ?? site?.halls[0];
  const robot = route.place === "robots" ? route.id : undefined;
  const selection = useMemo(() => ({ rack: selectedRack, robot }), [selectedRack, robot]);
  return (
    <>
      <a class="skip" href="#/racks">Skip the map: list of racks</a>
      <Header halls={site?.halls ?? []} hall={hall?.id ?? ""} onHall={setHall} />
      <AlarmBanner />
      <StoppedBanner />
      <LostBanner />
      <main>
        <section class="hall" aria-label="The hall">
          {hall ? <HallMap hall={hall} selection={selection} route={route} /> : <p class="loading">{link === "lost" ? "The controller does not answer." : "Asking the controller…"}</p>}
          <Story />
        </section>
        <aside aria-label="Details">
          <Tabs route={route} />
          <div class="panel" id="panel" data-place={route.place} data-id={route.id ?? ""}>
            {site && <Place route={route} hall={hall} />}
          </div>
        </aside>
      </main>
    </>
  );
}

/** rackOf is the rack that a place of the page is about. */
function rackOf(route: Route, ofFault: (id: string) => string | undefined): string | undefined {
  if (route.place === "racks") return route.id;
  if (route.place === "faults" && route.id) return ofFault(route.id);
  return undefined;
}

function Place({ route, hall }: { route: Route; hall: Hall | undefined }) {
  switch (route.place) {
    case "faults":
      return route.id ? <FaultDetail key={route.id} id={route.id} /> : <FaultList />;
    case "tickets":
      return <TicketList />;
    case "racks":
      return route.id ? <RackPanel key={route.id} id={route.id} /> : <RackList />;
    default:
      return <Now robot={route.id} hall={hall} />;
  }
}

function Tabs({ route }: { route: Route }) {
  const faults = useStore((s) => openFaults(s.faults).length);
  const tickets = useStore((s) => [...s.tickets.values()].filter((t) => t.state === "open").length);
  const here = route.place === "robots" ? "now" : route.place;
  const tab = (place: Route["place"], text: string, count = 0) => (
    <a href={linkTo({ place })} aria-current={here === place ? "page" : undefined} data-tab={place}>
      {text}
      {count > 0 && <span class="count">{count}</span>}
    </a>
  );
  return (
    <nav aria-label="Places">
      {tab("now", "Now")}
      {tab("faults", "Faults", faults)}
      {tab("tickets", "Tickets", tickets)}
      {tab("racks", "Racks")}
    </nav>
  );
}

/** Story is what happened lately, newest last, in the controller's own words. */
function Story() {
  const story = useStore((s) => s.story);
  const zone = useStore((s) => s.site?.timeZone);
  return (
    <div class="story" id="story" role="log" aria-live="off" aria-label="What happened lately">
      {story.slice(-3).map((l) => (
        <p key={l.at + l.text}>
          <time dateTime={l.at}>{clock(l.at, zone)}</time> {l.text}
        </p>
      ))}
      {story.length === 0 && <p class="quiet">Nothing has happened since the controller started.</p>}
    </div>
  );
}

const root = document.getElementById("page");
if (root) {
  root.textContent = "";
  render(<Page />, root);
  store.change((s) => ({ ...s, link: { state: "connecting", heard: Date.now() } }));
  listen();
}
