import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { systemClock } from "../../agent/io/clock.ts";
import { createSnmpOpener } from "../../agent/io/snmp.ts";
import type { SnmpValue } from "../../agent/io/snmp/message.ts";
import type { SnmpTarget } from "../../agent/io/snmp/ask.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { cdp, ifMib, lldp, power } from "../../agent/probes/poe-ports/columns.ts";
import { poePorts } from "../../agent/probes/poe-ports.ts";
import type { Observation } from "../../protocol/observation.ts";
import { Secret } from "../../protocol/secret.ts";

// Recordings of real switches, served by snmpsim and read twice: by the probe, and by net-snmp's snmpbulkwalk. The
// recordings are data of others and stay where they are.

const checkout = resolve(import.meta.dirname, "../..");
const recordings = process.env.OFFHOOK_RECORDINGS ?? resolve(checkout, "../shared/data/snmprec");
const run = promisify(execFile);
const never = new AbortController().signal;

function missing(): string | undefined {
  if (!existsSync(recordings)) return "no recordings of switches (OFFHOOK_RECORDINGS)";
  for (const tool of ["/usr/bin/snmpsimd", "/usr/bin/snmpbulkwalk"])
    if (!existsSync(tool)) return `${tool} is missing`;
  return undefined;
}

interface Recording {
  readonly file: string;
  /** Every port that draws power, with its watts. */
  readonly draws: Record<string, number>;
  /** How many ports have a PoE state, and a budget where the switch tells one. */
  readonly powered: number;
  readonly budget?: number;
  /** The rule that leads from its PSE ports to interfaces. */
  readonly by: string;
  readonly phones: Record<string, { mac: string; by: string; model?: string; asked?: number }>;
}

const known: Recording[] = [
  {
    file: "niac-go__cisco__C3560_10.250.0.35",
    draws: { "Fa0/11": 4.5, "Fa0/13": 6.3, "Fa0/17": 6.3 },
    powered: 24,
    budget: 370,
    by: "entity-alias",
    phones: {
      "Fa0/11": { mac: "0004f217997e", by: "cdp", model: "Polycom SoundPoint IP" },
      "Fa0/13": { mac: "001e138c9b30", by: "cdp", model: "Cisco IP Phone 7941" },
      "Fa0/17": { mac: "001e136c3a3c", by: "cdp", model: "Cisco IP Phone 7941" },
    },
  },
  {
    file: "niac-go__juniper__Juniper_Networks_10.250.0.101",
    draws: {},
    powered: 8,
    budget: 130,
    by: "junos-name",
    phones: {},
  },
  {
    file: "niac-go__extreme__ExtremeXOS_X440-8p_192.168.20.195",
    draws: { "1:3": 3.6, "1:4": 3.7, "1:8": 4.1 },
    powered: 8,
    budget: 170,
    by: "number-is-ifindex",
    phones: {
      "1:1": { mac: "001049203dc1", by: "lldp-med", asked: 5.9 },
      "1:3": { mac: "001049204b4b", by: "lldp-med", asked: 5.9 },
      "1:4": { mac: "001049203deb", by: "lldp-med", asked: 5.9 },
    },
  },
  {
    file: "librenms__routeros_rb5009upr+s+",
    draws: { ether1: 9.1, ether3: 2.7, ether4: 5.1, ether6: 2.9 },
    powered: 8,
    by: "table-ifindex",
    phones: {},
  },
  {
    file: "librenms__jetstream_sg2210p",
    draws: {
      "gigabitEthernet 1/0/5": 6.4,
      "gigabitEthernet 1/0/6": 11.7,
      "gigabitEthernet 1/0/7": 7.2,
      "gigabitEthernet 1/0/8": 7.7,
    },
    powered: 8,
    budget: 58,
    by: "slot-port-name",
    phones: {},
  },
];

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

/** What net-snmp prints with `-Onqex`: OID, blank, then number, OID or quoted hex that may go on over several lines. */
function readPrinted(output: string): [string, string][] {
  return output
    .split(/\n(?=\.)/)
    .map((record) => /^\.([0-9.]+) ?(.*)$/s.exec(record))
    .flatMap((match) => [[match?.[1] ?? "", (match?.[2] ?? "").replaceAll(/\s+/g, " ").trim()]]);
}

/** Our value in the words of `snmpbulkwalk -Onqex`. */
function printed(value: SnmpValue): string {
  if (typeof value === "string") return `.${value}`;
  if (!(value instanceof Uint8Array)) return String(value);
  const octets = [...value].map((octet) => octet.toString(16).padStart(2, "0").toUpperCase());
  return octets.length === 0 ? '""' : `"${octets.join(" ")} "`;
}

describe("recordings of real switches", { skip: missing() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-snmpsim-"));
  let port = 0;
  let simulator: ReturnType<typeof spawn> | undefined;
  const openSnmp = createSnmpOpener(systemClock);

  const targetOf = (file: string): SnmpTarget => ({
    host: "127.0.0.1",
    port,
    community: new Secret(file),
    version: "2c",
    timeouts: [5000, 5000],
  });

  before(async () => {
    // Links to the few that are read: indexing all of them would take half a minute.
    mkdirSync(join(folder, "data"));
    mkdirSync(join(folder, "cache"));
    for (const path of [folder, join(folder, "data"), join(folder, "cache")]) chmodSync(path, 0o777);
    for (const { file } of known) {
      symlinkSync(join(recordings, `${file}.snmprec`), join(folder, "data", `${file}.snmprec`));
    }
    port = await freePort();
    const user = process.getuid?.() === 0 ? ["--process-user=nobody", "--process-group=nogroup"] : [];
    simulator = spawn("snmpsimd", [
      `--data-dir=${folder}/data`,
      `--cache-dir=${folder}/cache`,
      `--agent-udpv4-endpoint=127.0.0.1:${port}`,
      `--logging-method=file:${folder}/cache/log`,
      ...user,
    ]);
    await using pool = openSnmp();
    for (let tries = 0; tries < 60; tries++) {
      const target = { ...targetOf(known[0]?.file ?? ""), timeouts: [500] };
      if ((await pool.get(target, ["1.3.6.1.2.1.1.1.0"], never)).ok) return;
      assert.equal(simulator.exitCode, null, "snmpsimd ended by itself");
      await sleep(100);
    }
    assert.fail("snmpsimd does not answer");
  });

  after(() => {
    simulator?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The column as net-snmp reads it. */
  async function independently(file: string, column: string): Promise<Map<string, string>> {
    const args = ["-m", "", "-v2c", "-c", file, "-Onqex", `127.0.0.1:${port}`, `.${column}`];
    const { stdout } = await run("snmpbulkwalk", args, { maxBuffer: 64 << 20 });
    return new Map(readPrinted(stdout).filter(([oid]) => oid.startsWith(`${column}.`)));
  }

  async function look(file: string): Promise<Observation[]> {
    const settings = { community: file, version: "2c", id: "sw", timeout: 5, retries: 1 } as const;
    return poePorts.run(`127.0.0.1:${port}`, settings, systemIo(), never);
  }

  for (const each of known) {
    it(`${each.file}: every row is the one that snmpbulkwalk reads`, async () => {
      const columns: string[] = [power.state, power.admin, power.class, ifMib.name, ifMib.oper, ifMib.speed];
      columns.push(lldp.portId, lldp.capabilities, cdp.deviceId, cdp.capabilities);
      await using pool = openSnmp();
      const walk = await pool.walkColumns(targetOf(each.file), columns, never, { time: 60_000 });
      for (const column of columns) {
        const ours = walk.columns.get(column);
        assert.equal(ours?.problem, undefined, column);
        const rows = [...(ours?.rows ?? [])].map(([index, value]) => [`${column}.${index}`, printed(value)]);
        assert.deepEqual(
          Object.fromEntries(rows),
          Object.fromEntries(await independently(each.file, column)),
          column,
        );
      }
    });

    it(`${each.file}: ports, watts, phones`, async () => {
      const observations = await look(each.file);
      const of = (key: string) => observations.filter((one) => one.key === key);
      const states = of("poe.state");
      assert.equal(states.length, each.powered);
      for (const state of states)
        assert.match(state.evidence ?? "", new RegExp(`by ${each.by}$`), state.subject);
      const drawing = of("poe.watts").filter((one) => typeof one.value === "number" && one.value > 0);
      assert.deepEqual(
        Object.fromEntries(drawing.map((one) => [one.subject.replace("port:sw/", ""), one.value])),
        each.draws,
      );
      const delivering = states.filter((one) => one.value === "delivering").map((one) => one.subject);
      assert.deepEqual(
        delivering,
        Object.keys(each.draws).map((name) => `port:sw/${name}`),
      );
      assert.equal(of("poe.budget")[0]?.value, each.budget);
      const phones = of("port.phone").filter((one) => one.value !== null);
      assert.equal(phones.length, Object.keys(each.phones).length);
      for (const [name, phone] of Object.entries(each.phones)) {
        const said = (key: string) => of(key).find((one) => one.subject === `port:sw/${name}`)?.value;
        assert.equal(said("port.phone"), phone.mac);
        assert.equal(said("port.phone.by"), phone.by);
        if (phone.model !== undefined) assert.equal(said("port.phone.model"), phone.model);
        if (phone.asked !== undefined) assert.equal(said("lldp.poe.asked"), phone.asked);
      }
    });

    it(`${each.file}: watts are those of the cells that snmpbulkwalk reads`, async () => {
      for (const one of (await look(each.file)).filter(({ key }) => key === "poe.watts")) {
        const cell = (one.evidence ?? "").split(";")[0] ?? "";
        const column = columnOf(cell);
        const raw = Number((await cached(each.file, column)).get(cell));
        const perWatt =
          column.startsWith("1.3.6.1.4.1.14988") || column.startsWith("1.3.6.1.4.1.11863") ? 10 : 1000;
        assert.equal(one.value, raw / perWatt, cell);
      }
    });
  }

  const read = new Map<string, Promise<Map<string, string>>>();
  function cached(file: string, column: string): Promise<Map<string, string>> {
    const key = `${file} ${column}`;
    const found = read.get(key) ?? independently(file, column);
    read.set(key, found);
    return found;
  }
});

/** The watts columns of the makes above, whose cells have one or two index numbers. */
function columnOf(cell: string): string {
  const columns = [
    "1.3.6.1.4.1.9.9.402.1.2.1.9",
    "1.3.6.1.4.1.1916.1.27.2.1.1.6",
    "1.3.6.1.4.1.14988.1.1.15.1.1.6",
    "1.3.6.1.4.1.11863.6.56.1.1.2.1.1.7",
  ];
  return columns.find((column) => cell.startsWith(`${column}.`)) ?? cell;
}
