// What the controller's API says, as far as the page reads it. The words are those of fleet/api, fleet, fleet/fault,
// fleet/ticket, fleet/remedy, fleet/wire and vision; times are RFC 3339 in site time, durations in ns, lengths in m.

export type Face = "front" | "rear";
export type Severity = "info" | "warning" | "critical";

export interface Site {
  id: string;
  name: string;
  timeZone: string;
  package: string;
  halls: Hall[];
}

export interface Hall {
  id: string;
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
  racks: Rack[];
  nodes: Node[];
  edges: { start: string; end: string }[];
  docks: { id: string; node: string }[];
}

export interface Node {
  id: string;
  x: number;
  y: number;
}

/** A rack stands with its centre at x, y; thetaRad is the outward normal of its front. */
export interface Rack {
  id: string;
  row: string;
  x: number;
  y: number;
  thetaRad: number;
  widthM: number;
  depthM: number;
  uHeight: number;
  intervalNs: number;
  devices: Device[];
}

export interface Device {
  id: string;
  manufacturer: string;
  model: string;
  position: number;
  uHeight: number;
  face: Face;
  isFullDepth: boolean;
  serial: string;
  assetTag: string;
}

export type RobotState = "offline" | "silent" | "idle" | "driving" | "looking" | "charging" | "stopped" | "manual";

export interface Robot {
  id: string;
  state: RobotState;
  hall: string;
  x: number;
  y: number;
  thetaRad: number;
  node: string;
  battery: number; // 0..1
  charging: boolean;
  heardAt: string;
  duty?: string;
  rack?: string;
  way?: string[];
  errors: string[] | null;
  observations: number;
}

export interface Coverage {
  viewpoints: number;
  within: number;
  share: number;
  worst: number;
}

export interface Viewpoint {
  id: string;
  rack: string;
  face: Face;
  fromU: number;
  toU: number;
  lookedAt?: string;
  intervalNs: number;
}

export interface Patrol {
  at: string;
  began: string;
  coverage: Coverage;
  viewpoints: Viewpoint[];
}

export interface EvidenceRef {
  sha256: string;
  kind: "visual" | "thermal";
}

export interface LEDReading {
  device: string;
  led: string;
  colour?: string;
  pattern: string;
  rateHz?: number;
  confidence: number;
}

export interface TemperatureReading {
  device?: string;
  unit?: number;
  maxC: number;
}

export interface Finding {
  kind: string;
  severity: Severity;
  face: Face;
  unit: number;
  device?: string;
  led?: string;
  meaning: string;
}

export interface Observation {
  serialNumber: string;
  seq: number;
  at: string;
  actionId: string;
  viewpoint: string;
  rack: string;
  face: Face;
  failed?: string;
  air?: { temperatureC: number; humidityPercent: number };
  leds: LEDReading[] | null;
  devices: TemperatureReading[] | null;
  units: TemperatureReading[] | null;
  findings: Finding[] | null;
  evidence: EvidenceRef[] | null;
}

export type FaultState =
  | "suspected"
  | "confirmed"
  | "ticketed"
  | "remediating"
  | "verifying"
  | "resolved"
  | "dismissed"
  | "escalated"
  | "reopened"
  | "folded";

/** What may be behind a fault, and what speaks for and against it. */
export interface Hypothesis {
  kind: string;
  hall?: string;
  supply?: string;
  probability: number;
  what: string;
  for: string[] | null;
  against: string[] | null;
}

export interface Fault {
  id: string;
  state: FaultState;
  kind: string;
  severity: Severity;
  hall: string;
  rack: string;
  face: Face;
  unit: number;
  device?: string;
  led?: string;
  cause: string;
  confidence: number;
  openedAt: string;
  updatedAt: string;
  resolvedAt?: string;
  parent?: string; // the fault whose symptom this is
  hypotheses?: Hypothesis[];
  held?: { by: string; why: string; since: string; over?: string }; // by a silence
  level?: number; // how often it was raised because nobody tended it
  symptoms: string[] | null;
  sightings: { at: string; viewpoint: string; robot: { serialNumber: string } }[] | null;
  before: EvidenceRef[] | null;
  after: EvidenceRef[] | null;
  timeline: { at: string; what: string }[] | null;
}

export interface Ticket {
  id: string;
  faultId: string;
  state: "open" | "closed";
  revision: number;
  title: string;
  severity: Severity;
  rack: string;
  unit: number;
  device?: string;
  assetTag?: string;
  openedAt: string;
  updatedAt: string;
  closedAt?: string;
  delivered: Record<string, number> | null;
  problems: Record<string, string> | null;
  sinks?: Record<string, Delivery>;
}

/** Delivery is how far one ticket system has taken a ticket; dead is the revision that was given up. */
export interface Delivery {
  number?: string;
  said?: string;
  refusals?: number;
  failing?: string; // wall clock
  dead?: number;
}

/** Run carries one runbook out for one fault; step counts the runbook's steps from 0. */
export interface Run {
  id: string;
  faultId: string;
  runbook: string;
  state: "awaiting-approval" | "acting" | "settling" | "undoing" | "done" | "failed";
  step: number;
  startedAt: string;
  stepAt: string;
  approver?: string;
  why?: string; // it failed
  asked?: string; // the evidence that a person is shown to approve the step
  held?: string; // why the step is not carried out yet
  permit?: { step: number; at: string };
  did?: { step: number; name: string; at: string; said?: string }[];
  openedAt?: string; // a drawer or lid
  overdue?: boolean;
}

/** Stop is the switch that stops all repairs; by is "nightrounds" when many things failed at once. */
export interface Stop {
  on: boolean;
  by: string;
  why?: string;
  at: string;
}

/** Plan is what would be done about a fault now; why says that nothing would. */
export interface Plan {
  runbook?: string;
  why?: string;
  steps: Planned[];
}

export interface Planned {
  index: number; // as Run.step has it
  name: string;
  kind: string;
  does: string;
  target: { rack: string; device?: string; part?: string; cooling?: string; pdu?: string; outlet?: string };
  if?: string;
  approval: boolean;
  settleNs: number;
  timerNs?: number; // how long a drawer or lid may stand open
  undo?: string;
  refused: { guard: string; why: string; do?: string }[] | null;
}

/** Report is what a machine or the building said that bears on a fault. */
export interface Report {
  at: string;
  by: string;
  says: string;
  inOrder: boolean;
}

/** Silence holds tickets and repairs back at some places, of some kinds, or both. */
export interface Silence {
  id: string;
  why: string;
  by?: string;
  file?: string;
  site?: boolean;
  halls?: string[];
  rows?: string[];
  racks?: string[];
  devices?: string[];
  supplies?: string[];
  kinds?: string[];
  recurs?: { recurrence: string };
  holds: boolean;
  ends?: string; // when it holds
  begins?: string; // when it does not
}

/** OutsideAlarm is what somebody outside says is wrong, and what a robot's look said of it. */
export interface OutsideAlarm {
  id: string;
  source: string;
  name: string;
  summary?: string;
  severity?: string;
  place: { hall?: string; rack?: string; face?: Face; unit?: number; device?: string; supply?: string };
  state: "waiting" | "confirmed" | "refuted" | "undecided" | "withdrawn";
  takenAt?: string;
  verdict?: { at: string; says: string; seen?: string[] };
  pictures?: string[]; // SHA-256
}

/** Sink is a ticket system: what waits for it, and what it said instead of taking something; down is on the wall clock. */
export interface Sink {
  name: string;
  kind?: string;
  waiting: number;
  dead: number;
  down?: string;
  said?: string;
}

export interface Inspection {
  id: string;
  state: "waiting" | "assigned" | "done" | "failed" | "cancelled";
  class: string;
  by?: string;
  faultId?: string;
  viewpoint: string;
  rack: string;
  face: Face;
  at: string;
  robot?: string;
  doneAt?: string;
  result?: string;
  movedAt?: string;
  promised?: Promised;
}

/** Promised is who will look and when, in ns from when the inspection was asked for or moved up. */
export interface Promised {
  robot: string;
  inNs: number;
  p90Ns: number;
  delaysNs: number;
}

/** MovedUp is an inspection that was moved up, and those that waited before it until then. */
export interface MovedUp extends Inspection {
  before: string[];
}

export interface Line {
  at: string;
  text: string;
}

/** Alarm has robots leave a hall, or all of them, until it is cleared. */
export interface Alarm {
  id: string;
  kind: "fire" | "evacuation";
  hall?: string;
  by: string;
  at: string;
  robots: Evacuee[];
}

/** Evacuee is one robot in an alarm. */
export interface Evacuee {
  id: string;
  state: "out" | "leaving" | "waiting" | "unmoving" | "no-answer";
  node: string;
  place?: string;
}

/** Portal is a door, lift or airlock on robots' way. */
export interface Portal {
  id: string;
  hall: string;
  kind: "door" | "lift" | "airlock";
  room?: string;
  edges: [string, string][]; // nodes at both ends
  state: "open" | "closed" | "moving" | "fault" | "unknown";
  asked: boolean;
  within: string[];
  coming: string[];
  fault?: string;
  faultAt?: string;
  broken: boolean;
  closedUntil?: string;
}

/** Zone is a part of a hall in which something holds for a while, as VDA 5050 has it. */
export interface Zone {
  id: string;
  hall: string;
  kind: "BLOCKED" | "SPEED_LIMIT" | "DIRECTED" | "PENALTY";
  why: string;
  by?: string;
  vertices: { x: number; y: number }[]; // m, hall frame
  from: string;
  until?: string;
  maxSpeedMps?: number;
  directionRad?: number; // of DIRECTED, hall frame
  penalty?: number; // of PENALTY, 0..1
}

/** ZonePreview is what a zone would do if it were made now. */
export interface ZonePreview {
  nodes: number; // in it
  edges: number; // that touch it
  racks: string[]; // that stand in it
  cutOff: string[]; // racks with a viewpoint that no robot could come to while it holds
  lockedIn: string[]; // robots
  refusal?: string;
}
