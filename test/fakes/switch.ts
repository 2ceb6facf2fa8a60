import { startAgent } from "./switch/agent.ts";
import { PortState, type FakePhone, type PortChange } from "./switch/port-state.ts";
import { buildRows, type SwitchFacts } from "./switch/tables.ts";

/** A port as it shall be from the start. */
export interface FakePort extends PortChange {
  /** As printed on the switch: `Gi1/0/7`. */
  readonly name: string;
}

export interface FakeSwitchOptions {
  /** UDP port; 0 picks a free one. */
  readonly port?: number;
  readonly address?: string;
  readonly community?: string;
  /** Ports that differ from an empty one; names beyond the switch's own are refused. */
  readonly ports?: readonly FakePort[];
  /** PoE ports `Gi1/0/1` … ; two uplinks `Te1/1/1`, `Te1/1/2` follow. */
  readonly portCount?: number;
  /** Watts for all ports. */
  readonly budget?: number;
  readonly name?: string;
  /** Octets that a reply may have. */
  readonly maxReply?: number;
  /** A community that may also switch PoE of a port off and on. */
  readonly writeCommunity?: string;
  /** Milliseconds that a phone takes from power to its announcement; `never`: it does not come back. */
  readonly bootTime?: number | "never";
  /** Milliseconds, monotonic; counters and uptime run by it. */
  readonly mono?: () => number;
}

export interface FakeSwitch {
  readonly port: number;
  readonly address: string;
  /** Changes a port at once. @throws when there is no such port. */
  set(portName: string, change: PortChange): void;
  /** The link drops and returns between two looks. */
  flap(portName: string): void;
  /** Starts anew: uptime from zero, counters from zero. */
  restart(): void;
  /** Answers nothing any more, until told otherwise. */
  silence(silent: boolean): void;
  /** How many requests it has understood. */
  requests(): number;
  stop(): Promise<void>;
}

const adminColumn = "1.3.6.1.2.1.105.1.1.1.3";

/** Forty days, in TimeTicks: nothing has just been switched on. */
const startUptime = 40 * 86_400 * 100;

function emptyPorts(count: number, uptime: number): PortState[] {
  const powered = Array.from(
    { length: count },
    (_, i) => new PortState(`Gi1/0/${i + 1}`, 10_101 + i, i + 1, true, uptime),
  );
  const uplinks = [1, 2].map((n) => new PortState(`Te1/1/${n}`, 10_200 + n, 0, false, uptime));
  uplinks[0]?.change({ link: { up: true, speed: 10_000 }, neighbour: "core-1" }, uptime - 30 * 86_400 * 100);
  return [...powered, ...uplinks];
}

/** A PoE access switch that answers SNMP v1 and v2c. For tests and the demo. @throws when the UDP port is taken. */
export async function startSwitch(options: FakeSwitchOptions = {}): Promise<FakeSwitch> {
  const mono = options.mono ?? (() => performance.now());
  const address = options.address ?? "127.0.0.1";
  let startedAt = mono() - startUptime * 10;
  const uptime = () => Math.floor((mono() - startedAt) / 10);
  const count = options.portCount ?? 24;
  let ports = emptyPorts(count, uptime());
  let rows: ReturnType<typeof buildRows> | undefined;
  let silent = false;
  /** Phones that are plugged in and have no power. */
  const unpowered = new Map<string, FakePhone>();

  const facts: SwitchFacts = {
    name: options.name ?? "access-1",
    about: `Offhook simulated switch, ${count} PoE ports`,
    sysObjectId: "1.3.6.1.4.1.9.1.2694",
    budget: options.budget ?? 370,
    uptime,
  };
  const find = (name: string): PortState => {
    const port = ports.find((candidate) => candidate.name === name);
    if (port === undefined) throw new Error(`the simulated switch has no port ${name}`);
    return port;
  };
  const set = (name: string, change: PortChange) => {
    find(name).change(change, uptime());
    rows = undefined;
  };

  const boots = new Set<NodeJS.Timeout>();
  /** pethPsePortAdminEnable, as a switch takes it: power goes and comes, and the phone boots anew. */
  const write = (arcs: readonly number[], value: number): number => {
    const port = ports.find((each) => each.pse > 0 && arcs.join(".") === `${adminColumn}.1.${each.pse}`);
    if (port === undefined) return 17; // notWritable
    if (value !== 1 && value !== 2) return 10; // wrongValue
    const { phone } = port;
    if (value === 2) {
      set(port.name, { poe: { admin: false, state: "off" }, link: { up: false } });
      if (phone !== undefined) unpowered.set(port.name, phone);
      return 0;
    }
    set(port.name, { poe: { admin: true, state: "searching" } });
    const waiting = unpowered.get(port.name);
    if (waiting === undefined || options.bootTime === "never") return 0;
    const timer = setTimeout(() => {
      boots.delete(timer);
      unpowered.delete(port.name);
      set(port.name, { phone: waiting });
    }, options.bootTime ?? 0);
    boots.add(timer);
    return 0;
  };
  let requests = 0;

  for (const { name, ...change } of options.ports ?? []) {
    const hourAgo = uptime() - 3600 * 100;
    find(name).change(change, uptime());
    if (find(name).link.up) find(name).lastChange = hourAgo;
  }
  const agent = await startAgent({
    address,
    port: options.port ?? 0,
    community: options.community ?? "public",
    rows: () => (rows ??= buildRows(facts, ports)),
    silent: () => silent,
    write,
    onRequest: () => (requests += 1),
    ...(options.writeCommunity === undefined ? {} : { writeCommunity: options.writeCommunity }),
    ...(options.maxReply === undefined ? {} : { maxReply: options.maxReply }),
  });
  return {
    port: agent.port,
    address,
    set,
    flap: (name) => find(name).touch(uptime()),
    restart() {
      startedAt = mono();
      ports = emptyPorts(count, 0).map((port) => restarted(port, ports));
      rows = undefined;
    },
    silence(value) {
      silent = value;
    },
    requests: () => requests,
    async stop() {
      for (const timer of boots) clearTimeout(timer);
      await agent.stop();
    },
  };
}

/** The same port after a restart of the switch: what hangs on it is still there. */
function restarted(fresh: PortState, before: readonly PortState[]): PortState {
  const old = before.find((port) => port.name === fresh.name);
  if (old === undefined) return fresh;
  fresh.change({ phone: old.phone ?? null, link: { ...old.link }, alias: old.alias }, 0);
  if (fresh.poe !== undefined && old.poe !== undefined) Object.assign(fresh.poe, old.poe);
  return fresh;
}
