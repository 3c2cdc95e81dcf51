// One rack: its elevation as a robot last saw it, the pictures of the last looks, and the wish for a new one.

import { useEffect, useState } from "preact/hooks";
import { openRack } from "../live";
import { isOpen } from "../racks";
import { linkTo } from "../route";
import { useStore } from "../store";
import { age, nsPerMs } from "../time";
import type { Face, Observation, Rack, Viewpoint } from "../types";
import { Elevation } from "./Elevation";
import { FaultRow } from "./FaultList";
import { InspectNow } from "./InspectNow";
import { Ago } from "./parts";
import { Pictures } from "./Pictures";
import { NewSilence, Silences } from "./Silences";

export function RackPanel({ id }: { id: string }) {
  const rack = useStore((s) => s.site?.halls.flatMap((h) => h.racks).find((r) => r.id === id));
  const faults = useStore((s) => s.faults);
  const here = [...faults.values()].filter((f) => f.rack === id && isOpen(f.state));
  const [face, setFace] = useState<Face>(here[0]?.face ?? "front");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    openRack(id).catch((e: Error) => setProblem(e.message));
    return () => void openRack(undefined);
  }, [id]);
  if (!rack) return <p class="empty">There is no rack {id} on this site. <a href={linkTo({ place: "racks" })}>All racks</a></p>;
  return (
    <div class="rack" id="rack" data-rack={id} data-face={face}>
      <div class="rack-head">
        <h2>{id}</h2>
        <FaceSwitch face={face} onFace={setFace} />
        <InspectNow rack={id} face={face} />
      </div>
      {problem && <p class="bad" role="alert">The last looks could not be read: {problem}</p>}
      {here.length > 0 && <ul class="rows">{here.map((f) => <FaultRow key={f.id} f={f} />)}</ul>}
      <Silences of={(s) => s.racks?.includes(id) ?? false} />
      <NewSilence scopes={[[`all of rack ${id}`, { racks: [id] }]]} />
      <div class="rack-body">
        <Elevation rack={rack} face={face} />
        <Looks rack={rack} face={face} />
      </div>
    </div>
  );
}

function FaceSwitch({ face, onFace }: { face: Face; onFace: (f: Face) => void }) {
  return (
    <div class="switch" role="group" aria-label="Face">
      {(["front", "rear"] as const).map((f) => (
        <button key={f} type="button" aria-pressed={f === face} onClick={() => onFace(f)}>{f}</button>
      ))}
    </div>
  );
}

/** Looks are the newest looks at a face, the upper stretch first. */
function Looks({ rack, face }: { rack: Rack; face: Face }) {
  const viewpoints = useStore((s) => s.viewpoints);
  const looks = useStore((s) => s.looks);
  const here = [...viewpoints.values()].filter((v) => v.rack === rack.id && v.face === face).sort((a, b) => b.fromU - a.fromU);
  return (
    <div class="looks">
      {here.map((v) => <Look key={v.id} v={v} o={looks.get(v.id)} />)}
    </div>
  );
}

function Look({ v, o }: { v: Viewpoint; o: Observation | undefined }) {
  return (
    <section data-look={v.id} data-seq={o?.seq ?? 0}>
      <h3>U{v.fromU} to U{v.toU}</h3>
      {o ? (
        <>
          <p class="quiet"><Ago at={o.at} /> by {o.serialNumber}{o.air && `, air ${o.air.temperatureC.toFixed(1)} °C, ${o.air.humidityPercent.toFixed(0)} %`}</p>
          <Pictures refs={o.evidence} of={`${v.rack} ${v.face}, U${v.fromU} to U${v.toU}`} />
        </>
      ) : (
        <p class="quiet">{v.lookedAt ? <Ago at={v.lookedAt} /> : `Not looked at yet; due within ${age(v.intervalNs / nsPerMs)}.`}</p>
      )}
    </section>
  );
}
