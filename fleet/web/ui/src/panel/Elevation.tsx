// A rack's elevation: units from 1 at the bottom, devices with what was read of them, and how old each reading is.

import { useState } from "preact/hooks";
import { ageColour, coolC, heatColour, hotC } from "../colours";
import { Icon } from "../icons";
import { isOpen, worse } from "../racks";
import { useStore } from "../store";
import { age, nsPerMs } from "../time";
import type { Device, Face, Fault, Finding, LEDReading, Observation, Rack, Severity, Viewpoint } from "../types";

/** Reading is what the newest looks say of one device on one face. */
interface Reading {
  maxC?: number;
  leds: LEDReading[];
  findings: Finding[];
}

/** readings gathers the looks at one face, the oldest first, so that the newest word on a device stands. */
function readings(looks: Map<string, Observation>, face: Face): Map<string, Reading> {
  const all = new Map<string, Reading>();
  const mine = [...looks.values()].filter((o) => o.face === face).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  for (const o of mine) for (const [device, r] of readingsOf(o)) all.set(device, r);
  return all;
}

function readingsOf(o: Observation): Map<string, Reading> {
  const all = new Map<string, Reading>();
  const of = (device: string) => {
    const r = all.get(device) ?? { leds: [], findings: [] };
    all.set(device, r);
    return r;
  };
  for (const t of o.devices ?? []) if (t.device) of(t.device).maxC = t.maxC;
  for (const l of o.leds ?? []) of(l.device).leds.push(l);
  for (const f of o.findings ?? []) if (f.device) of(f.device).findings.push(f);
  return all;
}

export function Elevation({ rack, face }: { rack: Rack; face: Face }) {
  const looks = useStore((s) => s.looks);
  const viewpoints = useStore((s) => s.viewpoints);
  const faults = useStore((s) => s.faults);
  const [chosen, choose] = useState("");
  const read = readings(looks, face);
  const open = [...faults.values()].filter((f) => f.rack === rack.id && isOpen(f.state));
  const shown = rack.devices.filter((d) => d.isFullDepth || d.face === face);
  const device = rack.devices.find((d) => d.id === chosen);
  return (
    <div class="elevation">
      <ol class="units" style={{ gridTemplateRows: `repeat(${rack.uHeight}, var(--u))` }} aria-label={`${rack.id} ${face}, from the top`}>
        {numbers(rack.uHeight)}
        {[...shown].sort((a, b) => b.position - a.position).map((d) => (
          <Slot key={d.id} d={d} rack={rack} r={read.get(d.id)} faults={open.filter((f) => f.device === d.id)} chosen={d.id === chosen} onChoose={choose} />
        ))}
        {[...viewpoints.values()].filter((v) => v.rack === rack.id && v.face === face).map((v) => <AgeBar key={v.id} v={v} uHeight={rack.uHeight} />)}
      </ol>
      <HeatScale />
      {device && <DeviceCard d={device} r={read.get(device.id)} />}
    </div>
  );
}

function rows(uHeight: number, from: number, height: number): string {
  return `${uHeight - from - height + 2} / span ${height}`;
}

function numbers(uHeight: number) {
  return Array.from({ length: uHeight }, (_, i) => i + 1).map((u) => (
    <li key={"u" + u} class="u" style={{ gridRow: rows(uHeight, u, 1) }} aria-hidden="true">
      {u % 2 === 1 || u === uHeight ? u : ""}
    </li>
  ));
}

interface SlotProps {
  d: Device;
  rack: Rack;
  r: Reading | undefined;
  faults: Fault[];
  chosen: boolean;
  onChoose: (id: string) => void;
}

function Slot({ d, rack, r, faults, chosen, onChoose }: SlotProps) {
  const worst = severityOf(r, faults);
  return (
    <li class="slot" style={{ gridRow: rows(rack.uHeight, d.position, d.uHeight) }}>
      <button type="button" class={"device" + (worst ? " " + worst : "")} aria-pressed={chosen} aria-label={says(d, r, faults)} data-device={d.id} onClick={() => onChoose(chosen ? "" : d.id)}>
        {worst && <Icon sign={worst} size={10} />}
        <span class="model">{d.model}</span>
        <span class="leds">{r?.leds.map((l) => <Light key={l.led} l={l} odd={oddLight(r, l)} />)}</span>
        {r?.maxC !== undefined && (
          <span class="temp"><i style={{ background: heatColour(r.maxC) }} />{r.maxC.toFixed(0)}°</span>
        )}
      </button>
    </li>
  );
}

function severityOf(r: Reading | undefined, faults: Fault[]): Severity | undefined {
  const all = [...faults.map((f) => f.severity), ...(r?.findings ?? []).map((f) => f.severity)];
  return all.length ? all.reduce(worse) : undefined;
}

function oddLight(r: Reading, l: LEDReading): Finding | undefined {
  return r.findings.find((f) => f.led === l.led);
}

function says(d: Device, r: Reading | undefined, faults: Fault[]): string {
  const parts = [`U${d.position}`, d.model, d.id];
  if (r?.maxC !== undefined) parts.push(`${r.maxC.toFixed(1)} °C`);
  parts.push(...new Set([...faults.map((f) => f.cause), ...(r?.findings.map((f) => f.meaning) ?? [])]));
  return parts.join(", ");
}

function Light({ l, odd }: { l: LEDReading; odd: Finding | undefined }) {
  return <i class={`led led-${l.pattern === "off" ? "off" : l.pattern === "unknown" ? "unknown" : l.colour} ${l.pattern === "blink" ? "blink" : ""} ${odd ? "odd" : ""}`} title={lightText(l)} />;
}

function lightText(l: LEDReading): string {
  const rate = l.pattern === "blink" && l.rateHz ? ` ${l.rateHz.toFixed(1)} Hz` : "";
  return `${l.led}: ${[l.colour, l.pattern].filter(Boolean).join(" ")}${rate}`;
}

/** AgeBar runs beside the units that one viewpoint sees, in the shade of its last look's age. */
function AgeBar({ v, uHeight }: { v: Viewpoint; uHeight: number }) {
  const at = useStore((s) => s.at);
  const ageMs = v.lookedAt ? at - Date.parse(v.lookedAt) : undefined;
  const text = `U${v.fromU} to U${v.toU}: ` + (ageMs === undefined ? "not looked at yet" : `looked at ${age(ageMs)} ago`);
  const background = ageMs === undefined ? "" : ageColour(ageMs / (v.intervalNs / nsPerMs));
  return <li class={"age-bar" + (ageMs === undefined ? " never" : "")} style={{ gridRow: rows(uHeight, v.fromU, v.toU - v.fromU + 1), background }} title={text} aria-label={text} />;
}

function HeatScale() {
  return (
    <div class="heat" aria-hidden="true">
      <span>{coolC} °C</span>
      <div class="heat-ramp" />
      <span>{hotC} °C</span>
    </div>
  );
}

function DeviceCard({ d, r }: { d: Device; r: Reading | undefined }) {
  return (
    <div class="device-card" id="device" data-device={d.id}>
      <b>{d.manufacturer} {d.model}</b>
      <dl>
        <dt>Device</dt><dd>{d.id}</dd>
        <dt>Units</dt><dd>U{d.position}{d.uHeight > 1 && ` to U${d.position + d.uHeight - 1}`}</dd>
        {d.serial && <><dt>Serial</dt><dd>{d.serial}</dd></>}
        {d.assetTag && <><dt>Asset</dt><dd>{d.assetTag}</dd></>}
        <dt>Hottest</dt><dd>{r?.maxC === undefined ? "not read" : r.maxC.toFixed(1) + " °C"}</dd>
        <dt>Lights</dt><dd>{r && r.leds.length > 0 ? r.leds.map((l) => <span key={l.led} class={oddLight(r, l) ? "bad" : ""}>{lightText(l)}<br /></span>) : "not read"}</dd>
      </dl>
      {r?.findings.map((f) => <p key={f.kind + f.led} class="finding"><Icon sign={f.severity} size={13} /> {f.meaning}</p>)}
    </div>
  );
}
