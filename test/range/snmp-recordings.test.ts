import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Compile } from "typebox/compile";
import { systemClock } from "../../agent/io/clock.ts";
import { createSnmpOpener } from "../../agent/io/snmp.ts";
import type { SnmpValue } from "../../agent/io/snmp/message.ts";
import type { SnmpTarget } from "../../agent/io/snmp/ask.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { loadMibs } from "../../agent/mibs/load-mibs.ts";
import { cdp, ifMib, lldp, mapping, power } from "../../agent/probes/poe-ports/columns.ts";
import { poePorts } from "../../agent/probes/poe-ports.ts";
import { Observation } from "../../protocol/observation.ts";
import { Secret } from "../../protocol/secret.ts";
import { freePort } from "./free-port.ts";

// Recordings of real switches, served by snmpsim and read twice: by the probe, and by net-snmp's snmpbulkwalk. The
// recordings are data of others and stay where they are; whichever are in the folder are read.

const checkout = resolve(import.meta.dirname, "../..");
const recordings = process.env.OFFHOOK_RECORDINGS ?? resolve(checkout, "../shared/data/snmprec");
const run = promisify(execFile);
const never = new AbortController().signal;
const check = Compile(Observation);

function missing(): string | undefined {
  if (!existsSync(recordings)) return "no recordings of switches (OFFHOOK_RECORDINGS)";
  for (const tool of ["/usr/bin/snmpsimd", "/usr/bin/snmpbulkwalk"])
    if (!existsSync(tool)) return `${tool} is missing`;
  return undefined;
}

interface Recording {
  /** Every port that draws power, with its watts. */
  readonly draws: Record<string, number>;
  /** How many ports have a PoE state, and a budget where the switch tells one. */
  readonly powered: number;
  readonly budget?: number;
  readonly phones?: Record<
    string,
    { mac: string; by: string; model?: string; asked?: number; vlan?: number }
  >;
}

/** Told by hand, from the rows of the file. */
const known: Record<string, Recording> = {
  "niac-go__cisco__C3560_10.250.0.35": {
    draws: { "Fa0/11": 4.5, "Fa0/13": 6.3, "Fa0/17": 6.3 },
    powered: 24,
    budget: 370,
    phones: {
      "Fa0/11": { mac: "0004f217997e", by: "cdp", model: "Polycom SoundPoint IP" },
      "Fa0/13": { mac: "001e138c9b30", by: "cdp", model: "Cisco IP Phone 7941" },
      "Fa0/17": { mac: "001e136c3a3c", by: "cdp", model: "Cisco IP Phone 7941" },
    },
  },
  "niac-go__juniper__Juniper_Networks_10.250.0.101": { draws: {}, powered: 8, budget: 130 },
  "niac-go__extreme__ExtremeXOS_X440-8p_192.168.20.195": {
    draws: { "1:3": 3.6, "1:4": 3.7, "1:8": 4.1 },
    powered: 8,
    budget: 170,
    phones: {
      "1:1": { mac: "001049203dc1", by: "lldp-med", asked: 5.9 },
      "1:3": { mac: "001049204b4b", by: "lldp-med", asked: 5.9 },
      "1:4": { mac: "001049203deb", by: "lldp-med", asked: 5.9 },
    },
  },
  "niac-go__brocade__Brocade_Communications_172.25.40.162": {
    draws: {
      "ethernet1/1/2": 11.27,
      "ethernet1/1/5": 6.01,
      "ethernet1/1/6": 3.94,
      "ethernet1/1/8": 2.91,
      "ethernet1/1/15": 8.17,
      "ethernet1/1/19": 7.14,
      "ethernet1/1/20": 10.7,
      "ethernet1/1/21": 7.61,
      "ethernet1/1/22": 7.23,
    },
    powered: 24,
    budget: 370,
  },
  "librenms__routeros_rb5009upr+s+": {
    draws: { ether1: 9.1, ether3: 2.7, ether4: 5.1, ether6: 2.9 },
    powered: 8,
  },
  librenms__jetstream_sg2210p: {
    draws: {
      "gigabitEthernet 1/0/5": 6.4,
      "gigabitEthernet 1/0/6": 11.7,
      "gigabitEthernet 1/0/7": 7.2,
      "gigabitEthernet 1/0/8": 7.7,
    },
    powered: 8,
    budget: 58,
  },
};

/** Which interface a PSE port feeds, told by another way than the probe's, where the recording has one. */
const truths: { readonly of: RegExp; readonly name: (port: PsePlace, walks: Walks) => Promise<string> }[] = [
  // CISCO-STACK-MIB, while the probe goes by the entity map.
  {
    of: /__cisco__C3(560|750)/,
    name: async ({ key }, walks) => nameOf(await stackPort(key, walks), walks),
  },
  { of: /__extreme__/, name: async ({ port }) => `${Math.floor(port / 1000)}:${port % 1000}` },
  { of: /__juniper__/, name: async ({ group, port }) => `ge-${group - 1}/0/${port - 1}` },
  { of: /jetstream/, name: async ({ port }) => `gigabitEthernet 1/0/${port}` },
  { of: /ciscosb_cbs350|eltex-mes23|lgs318p/, name: ({ port }, walks) => nameOf(port, walks) },
  { of: /routeros_rb|swos_|vrp_nac|__brocade__/, name: ({ port }, walks) => nameOf(port, walks) },
];

interface PsePlace {
  readonly key: string;
  readonly group: number;
  readonly port: number;
}
/** A column as net-snmp reads it: OID to what it prints. */
type Walks = (column: string) => Promise<ReadonlyMap<string, string>>;

async function stackPort(key: string, walks: Walks): Promise<number> {
  return Number((await walks(mapping.ciscoStackPort)).get(`${mapping.ciscoStackPort}.${key}`));
}

async function nameOf(ifIndex: number, walks: Walks): Promise<string> {
  const named = (await walks(ifMib.name)).get(`${ifMib.name}.${ifIndex}`);
  return textOf(named) ?? textOf((await walks(ifMib.descr)).get(`${ifMib.descr}.${ifIndex}`)) ?? "";
}

/** Text of what `-Ox` prints: octets in hex, between quotation marks. */
function textOf(printed: string | undefined): string | undefined {
  const octets = printed?.replaceAll(/["\s]/g, "") ?? "";
  const text = Buffer.from(octets, "hex")
    .toString("utf8")
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return text === "" ? undefined : text;
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

/** How many raw units of a watts column make a watt, by the file of the make whose column it is. */
const perWatt = new Map(
  loadMibs(fileURLToPath(new URL("../../agent/mibs", import.meta.url))).flatMap(({ watts }) =>
    watts === undefined || typeof watts.unit !== "string"
      ? []
      : [[watts.column, { W: 1, dW: 10, mW: 1000 }[watts.unit]] as const],
  ),
);

/** The column of a cell, whose index has one or two numbers. */
function columnOf(cell: string): string {
  return [...perWatt.keys()].find((column) => cell.startsWith(`${column}.`)) ?? cell;
}

/** RFC 3621, while the make's own table does not know more. */
const standardStates: Record<string, string[]> = {
  1: ["off"],
  2: ["searching", "denied", "off"],
  3: ["delivering"],
  4: ["fault", "denied", "off"],
  5: ["test"],
  6: ["fault", "denied", "off"],
};

/** snmpsim is one thread and slow: each lane has one of its own, and every second recording. */
class Lane {
  readonly files: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), "offhook-snmpsim-"));
  readonly #looks = new Map<string, Promise<Observation[]>>();
  readonly #walks = new Map<string, Promise<Map<string, string>>>();
  #simulator: ReturnType<typeof spawn> | undefined;
  #port = 0;

  constructor(files: readonly string[]) {
    this.files = files;
  }

  target(community: string): SnmpTarget {
    const secret = new Secret(community);
    return { host: "127.0.0.1", port: this.#port, community: secret, version: "2c", timeouts: [5000, 5000] };
  }

  async start(): Promise<void> {
    const [data, cache] = [join(this.#folder, "data"), join(this.#folder, "cache")];
    for (const path of [data, cache]) mkdirSync(path);
    for (const path of [this.#folder, data, cache]) chmodSync(path, 0o777);
    for (const file of this.files)
      symlinkSync(join(recordings, `${file}.snmprec`), join(data, `${file}.snmprec`));
    this.#port = await freePort();
    const user = process.getuid?.() === 0 ? ["--process-user=nobody", "--process-group=nogroup"] : [];
    this.#simulator = spawn("snmpsimd", [
      `--data-dir=${data}`,
      `--cache-dir=${cache}`,
      `--agent-udpv4-endpoint=127.0.0.1:${this.#port}`,
      `--logging-method=file:${cache}/log`,
      ...user,
    ]);
    await using pool = createSnmpOpener(systemClock)();
    // It answers as soon as all of its recordings are indexed.
    for (let tries = 0; tries < 120; tries++) {
      const target = { ...this.target(this.files[0] ?? ""), timeouts: [500] };
      if ((await pool.get(target, ["1.3.6.1.2.1.1.1.0"], never)).ok) return;
      assert.equal(this.#simulator.exitCode, null, "snmpsimd ended by itself");
      await sleep(100);
    }
    assert.fail("snmpsimd does not answer");
  }

  async stop(): Promise<void> {
    if (this.#simulator?.kill() === true) await once(this.#simulator, "exit");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** One look of the probe; a second one asks for the same. */
  look(file: string): Promise<Observation[]> {
    const settings = { community: file, version: "2c", id: "sw", timeout: 5, retries: 1 } as const;
    const look =
      this.#looks.get(file) ?? poePorts.run(`127.0.0.1:${this.#port}`, settings, systemIo(), never);
    this.#looks.set(file, look);
    return look;
  }

  /** Columns of one recording as net-snmp reads them, each read once. */
  walksOf(file: string): Walks {
    return (column) => {
      const key = `${file} ${column}`;
      const walk = this.#walks.get(key) ?? this.#bulkwalk(file, column);
      this.#walks.set(key, walk);
      return walk;
    };
  }

  async #bulkwalk(file: string, column: string): Promise<Map<string, string>> {
    const place = `127.0.0.1:${this.#port}`;
    const args = [
      "-m",
      "",
      "-v2c",
      "-c",
      file,
      "-t",
      "20",
      "-r",
      "0",
      "-Onqex",
      "-Cr50",
      place,
      `.${column}`,
    ];
    const { stdout } = await run("snmpbulkwalk", args, { maxBuffer: 64 << 20 });
    // Past the end of all, it prints the last name once more with a remark for a value.
    const rows = readPrinted(stdout).filter(([, value]) => !value.startsWith("No more variables left"));
    return new Map(rows.filter(([oid]) => oid.startsWith(`${column}.`)));
  }
}

const valueOf = (observations: readonly Observation[], subject: string, key: string) =>
  observations.find((one) => one.subject === subject && one.key === key)?.value;

async function checkLinks(observations: readonly Observation[], walks: Walks): Promise<number> {
  const links = observations.filter(({ key }) => key === "link.up");
  const oper = links.length === 0 ? new Map<string, string>() : await walks(ifMib.oper);
  for (const { subject, value, evidence } of links) {
    const ifIndex = /^ifIndex (\d+)$/.exec(evidence ?? "")?.[1] ?? "";
    assert.equal(value, oper.get(`${ifMib.oper}.${ifIndex}`) === "1", subject);
    const shown = subject.slice("port:sw/".length);
    const name = (await nameOf(Number(ifIndex), walks)).slice(0, 100);
    assert.ok(shown === name || shown === `${name} #${ifIndex}`, `${shown} is ${name}`);
  }
  return links.length;
}

async function checkPower(observations: readonly Observation[], walks: Walks): Promise<number> {
  let compared = 0;
  for (const { subject, key, value, evidence = "" } of observations) {
    if (key === "poe.state") {
      const cell = /^(1\.3\.6\.1\.2\.1\.105\.1\.1\.1\.6\.[\d.]+) = (\d+)/.exec(evidence);
      if (cell === null) continue;
      const raw = (await walks(power.state)).get(cell[1] ?? "");
      assert.equal(raw, cell[2], subject);
      assert.ok(standardStates[raw ?? ""]?.includes(String(value)), `${subject}: ${raw} as ${String(value)}`);
      const pse = /PSE ([\d.]+),/.exec(evidence)?.[1] ?? "";
      const classed = valueOf(observations, subject, "poe.class");
      const column = (await walks(power.class)).get(`${power.class}.${pse}`);
      if (typeof classed === "number" && column !== undefined)
        assert.equal(classed, Number(column) - 1, subject);
      compared += 1;
    } else if (key === "poe.watts" && typeof value === "number") {
      const cell = evidence.split(";")[0] ?? "";
      const column = columnOf(cell);
      const raw = Number((await walks(column)).get(cell));
      assert.equal(value, Math.round((raw / (perWatt.get(column) ?? 1000)) * 100) / 100, cell);
      compared += 1;
    }
  }
  return compared;
}

/** Every PSE port that was given an interface, against another way to tell it; and what draws power has link. */
async function checkMap(file: string, observations: readonly Observation[], walks: Walks): Promise<number> {
  const truth = truths.find(({ of }) => of.test(file));
  let compared = 0;
  for (const { subject, value, evidence = "" } of observations.filter(({ key }) => key === "poe.state")) {
    const key = /PSE ([\d.]+), interface/.exec(evidence)?.[1];
    if (key === undefined) continue;
    const numbers = key.split(".").map(Number);
    const [group = 1, port = 0] = numbers.length === 2 ? numbers : [1, ...numbers];
    if (truth !== undefined)
      assert.equal(subject, `port:sw/${await truth.name({ key, group, port }, walks)}`, `PSE ${key}`);
    if (value === "delivering") assert.equal(valueOf(observations, subject, "link.up"), true, subject);
    compared += 1;
  }
  return compared;
}

const files = existsSync(recordings)
  ? readdirSync(recordings)
      .filter((file) => file.endsWith(".snmprec"))
      .map((file) => file.slice(0, -".snmprec".length))
      .toSorted()
  : [];
/** `name@500` is another view of `name`, under another community. */
const switches = files.filter((file) => !file.includes("@"));
const lanes = [0, 1].map((lane) => {
  const mine = switches.filter((_, i) => i % 2 === lane);
  return new Lane(files.filter((file) => mine.includes(file.split("@")[0] ?? "")));
});

describe("recordings of real switches", { skip: missing() ?? false, concurrency: 2 }, () => {
  before(() => Promise.all(lanes.map((lane) => lane.start())));
  after(async () => {
    for (const lane of lanes) await lane.stop();
  });

  for (const [index, lane] of lanes.entries()) {
    describe(`lane ${index + 1}`, () => {
      for (const file of lane.files.filter((each) => !each.includes("@"))) {
        it(`${file}: as snmpbulkwalk reads it`, async (context) => {
          const observations = await lane.look(file);
          for (const each of observations) assert.ok(check.Check(each), JSON.stringify(each));
          assert.equal(valueOf(observations, "switch:sw", "switch.snmp"), true);
          const contradictions = valueOf(observations, "switch:sw", "poe.map.contradiction");
          assert.deepEqual(contradictions ?? [], []);
          const walks = lane.walksOf(file);
          const links = await checkLinks(observations, walks);
          const cells = await checkPower(observations, walks);
          const mapped = await checkMap(file, observations, walks);
          context.diagnostic(`${links} links, ${cells} cells of power, ${mapped} PoE ports with a jack`);
        });
      }

      for (const [file, expected] of Object.entries(known).filter(([each]) => lane.files.includes(each))) {
        it(`${file}: ports, watts, phones as told by hand`, async () => {
          const observations = await lane.look(file);
          const of = (key: string) => observations.filter((one) => one.key === key);
          assert.equal(of("poe.state").length, expected.powered);
          const drawing = of("poe.watts").filter((one) => typeof one.value === "number" && one.value > 0);
          const draws = drawing.map((one) => [one.subject.replace("port:sw/", ""), one.value]);
          assert.deepEqual(Object.fromEntries(draws), expected.draws);
          const delivering = of("poe.state").filter((one) => one.value === "delivering");
          assert.deepEqual(
            delivering.map((one) => one.subject),
            Object.keys(expected.draws).map((name) => `port:sw/${name}`),
          );
          assert.equal(of("poe.budget")[0]?.value, expected.budget);
          if (expected.phones === undefined) return;
          const phones = of("port.phone").filter((one) => one.value !== null);
          assert.equal(phones.length, Object.keys(expected.phones).length);
          for (const [name, phone] of Object.entries(expected.phones)) {
            const said = (key: string) => valueOf(observations, `port:sw/${name}`, key);
            assert.equal(said("port.phone"), phone.mac);
            assert.equal(said("port.phone.by"), phone.by);
            if (phone.model !== undefined) assert.equal(said("port.phone.model"), phone.model);
            if (phone.asked !== undefined) assert.equal(said("lldp.poe.asked"), phone.asked);
          }
        });
      }

      const raw = lane.files
        .filter((file) => file.startsWith("niac-go__") && !file.includes("@"))
        .slice(0, 4);
      for (const file of raw) {
        it(`${file}: every row is the one that snmpbulkwalk reads`, async () => {
          const columns: string[] = [power.state, power.class, ifMib.name, ifMib.oper, ifMib.speed];
          columns.push(lldp.portId, lldp.capabilities, cdp.deviceId, cdp.capabilities);
          await using pool = createSnmpOpener(systemClock)();
          const walk = await pool.walkColumns(lane.target(file), columns, never, { time: 60_000 });
          for (const column of columns) {
            const ours = walk.columns.get(column);
            assert.equal(ours?.problem, undefined, column);
            const rows = [...(ours?.rows ?? [])].map(([each, value]) => [
              `${column}.${each}`,
              printed(value),
            ]);
            const theirs = await lane.walksOf(file)(column);
            assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(theirs), column);
          }
        });
      }
    });
  }

  const catalyst = "niac-go__cisco__C3560_10.250.0.35";
  const lane = lanes.find((each) => each.files.includes(`${catalyst}@500`));
  it(
    "reads an old Catalyst's bridge table under community@VLAN",
    { skip: lane === undefined ? "no such recording" : false },
    async () => {
      const observations = (await lane?.look(catalyst)) ?? [];
      // The phone on Fa0/17 announces itself by CDP; where it talks is known from the tables of its VLANs alone.
      assert.deepEqual(valueOf(observations, "port:sw/Fa0/17", "port.phone.vlans"), ["500", "521"]);
      assert.equal(valueOf(observations, "port:sw/Fa0/17", "port.voiceVlan"), 521);
    },
  );
});
