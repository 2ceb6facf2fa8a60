import { integer, octets, oid } from "./ber.ts";
import { compare, type Row } from "./agent.ts";
import type { PortState } from "./port-state.ts";

// The rows of the simulated switch. It is built like a Cisco access switch, whose PSE ports find their interface by the
// entity map: PSE 1.n → entity 1000+n → ifIndex 10100+n → Gi1/0/n. Uplinks have no PoE.

const counter32 = (value: number) => integer(Math.floor(value) % 2 ** 32, 0x41);
const gauge = (value: number) => integer(Math.round(value), 0x42);
const ticks = (value: number) => integer(Math.floor(value) % 2 ** 32, 0x43);
const counter64 = (value: number) => integer(BigInt(Math.floor(value)), 0x46);
const truth = (value: boolean) => integer(value ? 1 : 2);
const bytes = (hex: string) => octets(Buffer.from(hex, "hex"));

const detection = { off: 1, searching: 2, delivering: 3, fault: 4, test: 5, denied: 2 } as const;
const priorities = { critical: 1, high: 2, low: 3 } as const;
const duplexes = { unknown: 1, half: 2, full: 3 } as const;

export interface SwitchFacts {
  readonly name: string;
  readonly about: string;
  readonly sysObjectId: string;
  readonly budget: number;
  /** TimeTicks now. */
  readonly uptime: () => number;
}

class RowWriter {
  readonly rows: Row[] = [];
  add(base: string, index: readonly number[], value: () => Buffer): void {
    this.rows.push({ arcs: [...base.split(".").map(Number), ...index], value });
  }
}

function addSystem(out: RowWriter, facts: SwitchFacts): void {
  out.add("1.3.6.1.2.1.1.1", [0], () => octets(facts.about));
  out.add("1.3.6.1.2.1.1.2", [0], () => oid(facts.sysObjectId.split(".").map(Number)));
  out.add("1.3.6.1.2.1.1.3", [0], () => ticks(facts.uptime()));
  out.add("1.3.6.1.2.1.1.5", [0], () => octets(facts.name));
}

function addInterface(out: RowWriter, port: PortState, uptime: () => number): void {
  const { link } = port;
  const at = [port.ifIndex];
  const traffic = () => port.traffic(uptime());
  const rows: Record<string, () => Buffer> = {
    "1.3.6.1.2.1.2.2.1.2": () => octets(port.longName),
    "1.3.6.1.2.1.2.2.1.3": () => integer(6),
    "1.3.6.1.2.1.2.2.1.5": () => gauge(link.up ? link.speed * 1e6 : 0),
    "1.3.6.1.2.1.2.2.1.6": () => bytes(`02000000${port.ifIndex.toString(16).padStart(4, "0")}`),
    "1.3.6.1.2.1.2.2.1.7": () => truth(link.admin),
    "1.3.6.1.2.1.2.2.1.8": () => truth(link.up),
    "1.3.6.1.2.1.2.2.1.9": () => ticks(port.lastChange),
    "1.3.6.1.2.1.2.2.1.19": () => counter32(traffic().discards),
    "1.3.6.1.2.1.31.1.1.1.1": () => octets(port.name),
    "1.3.6.1.2.1.31.1.1.1.7": () => counter64(traffic().frames),
    "1.3.6.1.2.1.31.1.1.1.8": () => counter64(0),
    "1.3.6.1.2.1.31.1.1.1.9": () => counter64(0),
    "1.3.6.1.2.1.31.1.1.1.11": () => counter64(traffic().frames),
    "1.3.6.1.2.1.31.1.1.1.12": () => counter64(0),
    "1.3.6.1.2.1.31.1.1.1.13": () => counter64(0),
    "1.3.6.1.2.1.31.1.1.1.15": () => gauge(link.up ? link.speed : 0),
    "1.3.6.1.2.1.31.1.1.1.18": () => octets(port.alias),
    "1.3.6.1.2.1.31.1.1.1.19": () => ticks(0),
    "1.3.6.1.2.1.10.7.2.1.3": () => counter32(traffic().fcs),
    "1.3.6.1.2.1.10.7.2.1.8": () => counter32(traffic().lateCollisions),
    "1.3.6.1.2.1.10.7.2.1.19": () => integer(link.up ? duplexes[link.duplex] : 1),
  };
  for (const [base, value] of Object.entries(rows)) out.add(base, at, value);
}

function addPower(out: RowWriter, port: PortState, uptime: () => number): void {
  const { poe, pse } = port;
  if (poe === undefined) return;
  const at = [1, pse];
  const drawing = () => poe.state === "delivering";
  const rows: Record<string, () => Buffer> = {
    "1.3.6.1.2.1.105.1.1.1.3": () => truth(poe.admin),
    "1.3.6.1.2.1.105.1.1.1.6": () => integer(detection[poe.state]),
    "1.3.6.1.2.1.105.1.1.1.7": () => integer(priorities[poe.priority]),
    "1.3.6.1.2.1.105.1.1.1.8": () => counter32(0),
    "1.3.6.1.2.1.105.1.1.1.9": () => octets(""),
    // Column 10 is the class plus one, and says 1 on idle ports, as real switches do.
    "1.3.6.1.2.1.105.1.1.1.10": () => integer(drawing() ? Math.min(4, poe.class) + 1 : 1),
    "1.3.6.1.2.1.105.1.1.1.11": () => counter32(0),
    "1.3.6.1.2.1.105.1.1.1.12": () => counter32(port.denials(uptime())),
    "1.3.6.1.2.1.105.1.1.1.13": () => counter32(0),
    "1.3.6.1.2.1.105.1.1.1.14": () => counter32(0),
    "1.3.6.1.4.1.9.9.402.1.2.1.5": () => bytes(poe.state === "denied" ? "80" : "00"),
    "1.3.6.1.4.1.9.9.402.1.2.1.7": () => gauge(drawing() ? poe.alloc * 1000 : 0),
    "1.3.6.1.4.1.9.9.402.1.2.1.9": () => gauge(drawing() ? poe.watts * 1000 : 0),
    "1.3.6.1.4.1.9.9.402.1.2.1.11": () => integer(1000 + pse),
  };
  for (const [base, value] of Object.entries(rows)) out.add(base, at, value);
  out.add("1.3.6.1.2.1.47.1.1.1.1.7", [1000 + pse], () => octets(port.name));
  const interfaceRow = [1, 3, 6, 1, 2, 1, 2, 2, 1, 1, port.ifIndex];
  out.add("1.3.6.1.2.1.47.1.3.2.1.2", [1000 + pse, 0], () => oid(interfaceRow));
}

function addBudget(out: RowWriter, ports: readonly PortState[], budget: number): void {
  const sum = (watts: (port: PortState) => number) =>
    ports.reduce((total, port) => total + (port.poe?.state === "delivering" ? watts(port) : 0), 0);
  const drawn = () => sum((port) => port.poe?.watts ?? 0);
  const allocated = () => sum((port) => port.poe?.alloc ?? 0);
  out.add("1.3.6.1.2.1.105.1.3.1.1.2", [1], () => gauge(budget));
  out.add("1.3.6.1.2.1.105.1.3.1.1.3", [1], () => integer(1));
  out.add("1.3.6.1.2.1.105.1.3.1.1.4", [1], () => gauge(drawn()));
  out.add("1.3.6.1.2.1.105.1.3.1.1.5", [1], () => integer(80));
  out.add("1.3.6.1.4.1.9.9.402.1.3.1.4", [1], () => gauge(allocated() * 1000));
  out.add("1.3.6.1.4.1.9.9.402.1.3.1.5", [1], () => gauge(Math.max(0, budget - allocated()) * 1000));
}

function addNeighbour(out: RowWriter, port: PortState): void {
  out.add("1.0.8802.1.1.2.1.3.7.1.2", [port.ifIndex], () => integer(5));
  out.add("1.0.8802.1.1.2.1.3.7.1.3", [port.ifIndex], () => octets(port.name));
  const { phone, neighbour } = port;
  const at = [0, port.ifIndex, 1];
  if (phone !== undefined) {
    const inventory = "1.0.8802.1.1.2.1.5.4795.1.3.3.1";
    const rows: Record<string, () => Buffer> = {
      "1.0.8802.1.1.2.1.4.1.1.4": () => integer(4),
      "1.0.8802.1.1.2.1.4.1.1.5": () => bytes(phone.mac),
      "1.0.8802.1.1.2.1.4.1.1.6": () => integer(3),
      "1.0.8802.1.1.2.1.4.1.1.7": () => bytes(phone.mac),
      "1.0.8802.1.1.2.1.4.1.1.9": () => octets(phone.model),
      "1.0.8802.1.1.2.1.4.1.1.10": () => octets(phone.firmware),
      // bridge + telephone: a phone with a PC port
      "1.0.8802.1.1.2.1.4.1.1.11": () => bytes("2400"),
      "1.0.8802.1.1.2.1.4.1.1.12": () => bytes("2400"),
      "1.0.8802.1.1.2.1.5.4795.1.3.1.1.3": () => integer(3),
      [`${inventory}.2`]: () => octets(phone.firmware),
      [`${inventory}.5`]: () => octets(phone.maker ?? ""),
      [`${inventory}.6`]: () => octets(phone.model),
      "1.0.8802.1.1.2.1.5.4795.1.3.7.1.1": () => gauge((phone.asked ?? 5) * 10),
    };
    for (const [base, value] of Object.entries(rows)) out.add(base, at, value);
  } else if (neighbour !== undefined) {
    out.add("1.0.8802.1.1.2.1.4.1.1.4", at, () => integer(4));
    out.add("1.0.8802.1.1.2.1.4.1.1.5", at, () => bytes("020000aa0001"));
    out.add("1.0.8802.1.1.2.1.4.1.1.6", at, () => integer(5));
    out.add("1.0.8802.1.1.2.1.4.1.1.7", at, () => octets("Gi1/0/48"));
    out.add("1.0.8802.1.1.2.1.4.1.1.9", at, () => octets(neighbour));
    out.add("1.0.8802.1.1.2.1.4.1.1.12", at, () => bytes("2800"));
  }
}

/** All rows of the switch as it stands, sorted. */
export function buildRows(facts: SwitchFacts, ports: readonly PortState[]): Row[] {
  const out = new RowWriter();
  addSystem(out, facts);
  addBudget(out, ports, facts.budget);
  for (const port of ports) {
    addInterface(out, port, facts.uptime);
    addPower(out, port, facts.uptime);
    addNeighbour(out, port);
  }
  return out.rows.toSorted((a, b) => compare(a.arcs, b.arcs));
}
