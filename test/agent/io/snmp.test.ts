import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import { createSnmpOpener } from "../../../agent/io/snmp.ts";
import type { SnmpValue } from "../../../agent/io/snmp/message.ts";
import { compareArcs, parseOid } from "../../../agent/io/snmp/oid.ts";
import type { SnmpTarget } from "../../../agent/io/snmp/ask.ts";
import type { Walk, WalkLimits } from "../../../agent/io/snmp/walk.ts";
import { Secret } from "../../../protocol/secret.ts";
import { element, integer, octets, oid } from "../../fakes/switch/ber.ts";
import { message, startResponder, varbind, type Asked, type Send } from "../../fakes/switch/hostile.ts";
import { startSwitch } from "../../fakes/switch.ts";

const columnA = "1.3.6.1.2.1.2.2.1.2";
const columnB = "1.3.6.1.2.1.2.2.1.3";
const arcsA = parseOid(columnA);
const arcsB = parseOid(columnB);
const openSnmp = createSnmpOpener(systemClock);
const never = new AbortController().signal;

function targetAt(port: number, version: "1" | "2c" = "2c"): SnmpTarget {
  return { host: "127.0.0.1", port, community: new Secret("public"), version, timeouts: [60, 60] };
}

/** The honest table: three rows in each of two columns, and one row after them. */
const table = [
  ...[1, 2, 3].map((n) => ({ name: [...arcsA, n], value: octets(`port ${n}`) })),
  ...[1, 2, 3].map((n) => ({ name: [...arcsB, n], value: integer(n) })),
  { name: [1, 3, 6, 1, 2, 1, 31, 0], value: integer(0) },
];

const endOfMib = element(0x82, Buffer.alloc(0));

function following(name: readonly number[]): { name: readonly number[]; value: Buffer } {
  return table.find((row) => compareArcs(row.name, name) > 0) ?? { name, value: endOfMib };
}

/** Rows as an honest agent gives them: for GETBULK row after row, side by side. */
function honestVarbinds(asked: Asked): Buffer[] {
  let names = asked.names;
  const out: Buffer[] = [];
  for (let i = 0; i < (asked.type === 5 ? asked.repetitions : 1); i++) {
    const rows = names.map(following);
    out.push(...rows.map((row) => varbind(row.name, row.value)));
    names = rows.map((row) => row.name);
  }
  return out;
}

const honest = (asked: Asked) => message(asked, { varbinds: honestVarbinds(asked) });

/** Puts lengths into long form everywhere, which BER allows and some agents do. */
function longForm(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at + 1);
    const long = first < 0x80 ? 0 : first - 0x80;
    const length = long === 0 ? first : bytes.readUIntBE(at + 2, long);
    const start = at + 2 + long;
    const tag = bytes.readUInt8(at);
    const content = bytes.subarray(start, start + length);
    const inner = tag === 0x30 || tag >= 0xa0 ? longForm(content) : content;
    const header = Buffer.from([
      tag,
      0x83,
      inner.length >> 16,
      (inner.length >> 8) & 0xff,
      inner.length & 0xff,
    ]);
    parts.push(header, inner);
    at = start + length;
  }
  return Buffer.concat(parts);
}

interface Hostile {
  readonly name: string;
  readonly answer: (asked: Asked, send: Send) => void;
  readonly version?: "1" | "2c";
  readonly limits?: Partial<WalkLimits>;
  /** How many rows of column A may be believed. */
  readonly rows: number;
  readonly problem?: RegExp;
  readonly failure?: "timeout" | "garbled";
}

const say = (build: (asked: Asked) => Buffer) => (asked: Asked, send: Send) => send(build(asked));
const cut = (bytes: Buffer, n: number) => bytes.subarray(0, bytes.length - n);
/** The whole honest answer with one value of column A in place of the first. */
const withValue = (value: Buffer) =>
  say((asked) => {
    const rest = honestVarbinds(asked);
    const first = compareArcs(asked.names[0] ?? [], arcsA) === 0;
    return message(asked, { varbinds: first ? [varbind([...arcsA, 1], value), ...rest.slice(1)] : rest });
  });
/** Rows that never end, named by a counter. */
const endless = (build: (n: number, cursor: readonly number[]) => Buffer) =>
  say((asked) =>
    message(asked, {
      varbinds: Array.from({ length: asked.type === 5 ? 20 : 1 }, (_, i) =>
        build(asked.count * 20 + i + 1, asked.names[0] ?? []),
      ),
    }),
  );
/** A name element whose content is given octet by octet. */
const rawName = (content: number[], value = integer(1)) =>
  element(0x30, Buffer.concat([element(0x06, Buffer.from(content)), value]));
const belowA = [0x2b, 6, 1, 2, 1, 2, 2, 1, 2];

const hostile: Hostile[] = [
  { name: "nothing at all", answer: () => {}, rows: 0, failure: "timeout" },
  { name: "an empty datagram", answer: say(() => Buffer.alloc(0)), rows: 0, failure: "garbled" },
  { name: "one octet", answer: say(() => Buffer.from([0x30])), rows: 0, failure: "garbled" },
  {
    name: "text",
    answer: say(() => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
    rows: 0,
    failure: "garbled",
  },
  { name: "zeros", answer: say(() => Buffer.alloc(500)), rows: 0, failure: "garbled" },
  { name: "all ones", answer: say(() => Buffer.alloc(500, 0xff)), rows: 0, failure: "garbled" },
  {
    name: "an answer one octet short",
    answer: say((asked) => cut(honest(asked), 1)),
    rows: 0,
    failure: "garbled",
  },
  { name: "half an answer", answer: say((asked) => cut(honest(asked), 60)), rows: 0, failure: "garbled" },
  {
    name: "a length of four gigabytes",
    answer: say(() => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1])),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a length in 126 octets",
    answer: say(() => Buffer.from([0x30, 0xfe, ...Array.from({ length: 126 }, () => 1)])),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "the indefinite length",
    answer: say((asked) => {
      const bytes = Buffer.from(honest(asked));
      bytes[1] = 0x80;
      return bytes;
    }),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a varbind longer than its list",
    answer: say((asked) => message(asked, { varbinds: [Buffer.from([0x30, 0x7f, 0x06, 0x01, 0x2b])] })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a value longer than its varbind",
    answer: say((asked) =>
      message(asked, { varbinds: [varbind([...arcsA, 1], Buffer.from([0x04, 0x50, 0x41]))] }),
    ),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a varbind without a value",
    answer: say((asked) => message(asked, { varbinds: [element(0x30, oid([...arcsA, 1]))] })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a varbind with two values",
    answer: say((asked) =>
      message(asked, { varbinds: [varbind([...arcsA, 1], Buffer.concat([integer(1), integer(2)]))] }),
    ),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a list that holds no varbinds",
    answer: say((asked) => message(asked, { varbinds: [integer(7)] })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "another request id",
    answer: say((asked) => message(asked, { id: asked.id + 1, varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "a request id of eight octets",
    answer: say((asked) => {
      const id = element(0x02, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
      const rest = [integer(0), integer(0), element(0x30, Buffer.concat(honestVarbinds(asked)))];
      const pdu = element(0xa2, Buffer.concat([id, ...rest]));
      return element(0x30, Buffer.concat([integer(1), octets("public"), pdu]));
    }),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "the right answer from another port",
    answer: (asked, send) => send(honest(asked), "other"),
    rows: 0,
    failure: "timeout",
  },
  {
    name: "a forged answer from another port before the right one",
    answer: (asked, send) => {
      send(message(asked, { varbinds: [varbind([...arcsA, 9], octets("forged"))] }), "other");
      send(honest(asked));
    },
    rows: 3,
  },
  {
    name: "another community",
    answer: say((asked) => message(asked, { community: "private", varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "an empty community",
    answer: say((asked) => message(asked, { community: "", varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "another version",
    answer: say((asked) => message(asked, { version: 0, varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled",
  },
  {
    name: "version 3",
    answer: say((asked) => message(asked, { version: 3, varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled",
  },
  ...[0xa0, 0xa1, 0xa3, 0xa5, 0xa7, 0xa8, 0xbf, 0x30].map((pduTag) => ({
    name: `PDU tag 0x${pduTag.toString(16)}`,
    answer: say((asked: Asked) => message(asked, { pduTag, varbinds: honestVarbinds(asked) })),
    rows: 0,
    failure: "garbled" as const,
  })),
  {
    name: "no varbinds",
    answer: say((asked) => message(asked, { varbinds: [] })),
    rows: 0,
    problem: /empty/,
  },
  {
    name: "error status 99",
    answer: say((asked) => message(asked, { status: 99, varbinds: honestVarbinds(asked) })),
    rows: 0,
    problem: /error status 99/,
  },
  {
    name: "an error that blames varbind 9999",
    answer: say((asked) => message(asked, { status: 5, index: 9999, varbinds: [] })),
    rows: 0,
    problem: /error status 5/,
  },
  {
    name: "an error that blames varbind -1",
    answer: say((asked) => message(asked, { status: 5, index: -1, varbinds: [] })),
    rows: 0,
    problem: /error status 5/,
  },
  {
    name: "tooBig for ever",
    answer: say((asked) => message(asked, { status: 1, varbinds: [] })),
    rows: 0,
    problem: /too big/,
  },
  {
    name: "tooBig above two rows",
    answer: say((asked) =>
      asked.names.length * asked.repetitions > 2
        ? message(asked, { status: 1, varbinds: [] })
        : honest(asked),
    ),
    rows: 3,
  },
  {
    name: "genErr on every GETBULK",
    answer: say((asked) => (asked.type === 5 ? message(asked, { status: 5, varbinds: [] }) : honest(asked))),
    rows: 3,
  },
  {
    name: "silence on every GETBULK",
    answer: (asked, send) => {
      if (asked.type !== 5) send(honest(asked));
    },
    rows: 3,
  },
  {
    name: "silence after the first answer",
    answer: (asked, send) => {
      if (asked.count === 0) send(message(asked, { varbinds: honestVarbinds(asked).slice(0, 2) }));
    },
    rows: 1,
    failure: "timeout",
    problem: /no answer/,
  },
  {
    name: "noSuchName at the end (v1)",
    version: "1",
    answer: say((asked) => {
      const ended = asked.names.findIndex((name) => compareArcs(following(name).name, [...arcsB, 9]) > 0);
      return ended < 0 ? honest(asked) : message(asked, { status: 2, index: ended + 1, varbinds: [] });
    }),
    rows: 3,
  },
  {
    name: "noSuchName that blames nobody",
    answer: say((asked) => message(asked, { status: 2, index: 0, varbinds: [] })),
    rows: 0,
  },
  {
    name: "the same name again and again",
    answer: say((asked) =>
      message(asked, { varbinds: Array.from({ length: 20 }, () => varbind([...arcsA, 1], octets("again"))) }),
    ),
    rows: 1,
    problem: /not increasing/,
  },
  {
    name: "the name that was asked",
    answer: say((asked) =>
      message(asked, { varbinds: asked.names.map((name) => varbind(name, integer(1))) }),
    ),
    rows: 0,
    problem: /not increasing/,
  },
  {
    name: "names that go back",
    answer: say((asked) =>
      message(asked, {
        varbinds: [5, 5, 4, 4].map((n, i) => varbind([...(i % 2 ? arcsB : arcsA), n], integer(n))),
      }),
    ),
    rows: 1,
    problem: /not increasing/,
  },
  {
    name: "rows without end",
    answer: endless((n) => varbind([...arcsA, n], integer(n))),
    limits: { rows: 200 },
    rows: 200,
    problem: /over 200 rows/,
  },
  {
    name: "deeper and deeper names",
    answer: endless((_, cursor) => varbind([...cursor, 1], integer(1))),
    limits: { rows: 200 },
    rows: 1,
    problem: /not increasing|cannot be read/,
  },
  {
    name: "unreadable values without end",
    answer: endless((n) => varbind([...arcsA, n], element(0x01, Buffer.from([1])))),
    limits: { rows: 200 },
    rows: 0,
    problem: /over 200 rows/,
  },
  {
    name: "large values without end",
    answer: endless((n) => varbind([...arcsA, n], octets(Buffer.alloc(2000, 65)))),
    limits: { octets: 100_000 },
    rows: 51,
    problem: /over 100000 octets/,
  },
  {
    name: "rows of another table",
    answer: say((asked) =>
      message(asked, {
        varbinds: asked.names.map((name) => varbind([1, 3, 6, 1, 4, 1, 9, ...name], integer(1))),
      }),
    ),
    rows: 0,
  },
  {
    name: "noSuchInstance amid the column",
    answer: say((asked) =>
      message(asked, {
        varbinds: [varbind([...arcsA, 1], octets("x")), varbind([...arcsB, 1], integer(1))].concat(
          asked.names.map(() => varbind([...arcsA, 2], element(0x81, Buffer.alloc(0)))),
        ),
      }),
    ),
    rows: 1,
  },
  {
    name: "an arc of 2^32",
    answer: say((asked) =>
      message(asked, { varbinds: [rawName([...belowA, 0x90, 0x80, 0x80, 0x80, 0x00])] }),
    ),
    rows: 0,
    problem: /cannot be read/,
  },
  {
    name: "a name that is cut off",
    answer: say((asked) => message(asked, { varbinds: [rawName([...belowA, 0x81])] })),
    rows: 0,
    problem: /cannot be read/,
  },
  {
    name: "a name without arcs",
    answer: say((asked) => message(asked, { varbinds: [rawName([])] })),
    rows: 0,
    problem: /cannot be read/,
  },
  {
    name: "a name of 200 arcs",
    answer: say((asked) =>
      message(asked, { varbinds: [rawName([...belowA, ...Array.from({ length: 191 }, () => 1)])] }),
    ),
    rows: 0,
    problem: /cannot be read/,
  },
  { name: "a boolean", answer: withValue(element(0x01, Buffer.from([1]))), rows: 2 },
  { name: "null", answer: withValue(element(0x05, Buffer.alloc(0))), rows: 2 },
  { name: "an integer of no octets", answer: withValue(element(0x02, Buffer.alloc(0))), rows: 2 },
  { name: "an integer of 200 octets", answer: withValue(element(0x02, Buffer.alloc(200, 0x7f))), rows: 2 },
  { name: "an address of three octets", answer: withValue(element(0x40, Buffer.from([1, 2, 3]))), rows: 2 },
  { name: "a sequence for a value", answer: withValue(element(0x30, integer(1))), rows: 2 },
  { name: "a Counter64 of ten octets", answer: withValue(element(0x46, Buffer.alloc(10, 1))), rows: 2 },
  { name: "lengths in long form", answer: say((asked) => longForm(honest(asked))), rows: 3 },
  {
    name: "octets after the message",
    answer: say((asked) => Buffer.concat([honest(asked), Buffer.alloc(9)])),
    rows: 3,
  },
  {
    name: "each answer twice",
    answer: (asked, send) => {
      send(honest(asked));
      send(honest(asked));
    },
    rows: 3,
  },
  {
    name: "garbage before each answer",
    answer: (asked, send) => {
      send(Buffer.from([0x30, 0x82, 0x7f, 0xff, 1, 2, 3]));
      send(honest(asked));
    },
    rows: 3,
  },
  {
    name: "one varbind for two columns",
    answer: say((asked) => message(asked, { varbinds: honestVarbinds(asked).slice(0, 1) })),
    rows: 3,
  },
];

async function walkAgainst(each: Hostile): Promise<Walk> {
  await using responder = await startResponder(each.answer);
  await using pool = openSnmp();
  const target = targetAt(responder.port, each.version);
  return await pool.walkColumns(target, [columnA, columnB], never, { time: 20_000, ...each.limits });
}

describe("walkColumns() against a hostile agent", () => {
  for (const each of hostile) {
    it(`survives ${each.name}`, async () => {
      const walk = await walkAgainst(each);
      const column = walk.columns.get(columnA);
      assert.equal(walk.failure?.outcome, each.failure);
      assert.equal(column?.rows.size, each.rows);
      if (each.problem !== undefined) assert.match(column?.problem ?? "", each.problem);
      else if (each.failure === undefined) assert.equal(column?.problem, undefined);
      const forged = [...(column?.rows.values() ?? [])].some((value) => textOf(value) === "forged");
      assert.equal(forged, false);
    });
  }
});

const textOf = (value: SnmpValue | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value;

describe("SnmpPool", () => {
  it("walkColumns() reads whole columns, side by side", async () => {
    await using responder = await startResponder(say(honest));
    await using pool = openSnmp();
    const { columns, failure } = await pool.walkColumns(targetAt(responder.port), [columnA, columnB], never);
    assert.equal(failure, undefined);
    assert.deepEqual(
      [...(columns.get(columnA)?.rows ?? [])].map(([index, value]) => [index, textOf(value)]),
      [
        ["1", "port 1"],
        ["2", "port 2"],
        ["3", "port 3"],
      ],
    );
    assert.deepEqual([...(columns.get(columnB)?.rows.values() ?? [])], [1, 2, 3]);
  });

  it("keeps one request in flight per agent, though many are asked at once", async () => {
    let waiting = 0;
    let most = 0;
    await using responder = await startResponder((asked, send) => {
      waiting += 1;
      most = Math.max(most, waiting);
      setImmediate(() => {
        waiting -= 1;
        send(honest(asked));
      });
    });
    await using pool = openSnmp();
    const target = targetAt(responder.port);
    const walks = await Promise.all([1, 2, 3, 4, 5].map(() => pool.walkColumns(target, [columnA], never)));
    assert.equal(most, 1);
    assert.ok(walks.every((walk) => walk.columns.get(columnA)?.rows.size === 3));
  });

  it("get() asks again without what a v1 agent does not have", async () => {
    const one = [...arcsA, 1];
    await using responder = await startResponder(
      say((asked) => {
        const missing = asked.names.findIndex((name) => compareArcs(name, one) !== 0);
        if (missing >= 0) return message(asked, { status: 2, index: missing + 1, varbinds: [] });
        return message(asked, { varbinds: [varbind(one, octets("port 1"))] });
      }),
    );
    await using pool = openSnmp();
    const oids = ["1.3.6.1.2.1.1.5.0", `${columnA}.1`, "1.3.6.1.2.1.1.6.0"];
    const answer = await pool.get(targetAt(responder.port, "1"), oids, never);
    assert.ok(answer.ok);
    assert.deepEqual([...answer.values.keys()], [`${columnA}.1`]);
  });

  it("get() does not believe names that were not asked", async () => {
    await using responder = await startResponder(
      say((asked) => message(asked, { varbinds: [varbind([1, 3, 6, 1, 2, 1, 1, 9, 0], octets("other"))] })),
    );
    await using pool = openSnmp();
    const answer = await pool.get(targetAt(responder.port), ["1.3.6.1.2.1.1.5.0"], never);
    assert.ok(answer.ok);
    assert.equal(answer.values.size, 0);
  });

  it("ends a wait when the signal says so, with its reason", async () => {
    await using responder = await startResponder(() => stop.abort(new Error("enough")));
    const stop = new AbortController();
    await using pool = openSnmp();
    const target = { ...targetAt(responder.port), timeouts: [600_000] };
    await assert.rejects(pool.get(target, ["1.3.6.1.2.1.1.5.0"], stop.signal), /enough/);
  });

  it("counts datagrams that answer nothing", async () => {
    await using responder = await startResponder((asked, send) => {
      send(Buffer.from("garbage"));
      send(message(asked, { id: asked.id ^ 1, varbinds: [] }));
      send(honest(asked));
    });
    await using pool = openSnmp();
    const before = { ...pool.dropped };
    await pool.walkColumns(targetAt(responder.port), [columnA], never);
    assert.ok(pool.dropped.garbled > before.garbled);
    assert.ok(pool.dropped.stray > before.stray);
  });

  it("takes an answer from another address of the agent only where the target names it", async () => {
    await using responder = await startResponder((asked, send) => send(honest(asked), "other-address"));
    await using pool = openSnmp();
    const target = targetAt(responder.port);
    const alone = await pool.walkColumns(target, [columnA], never);
    assert.equal(alone.columns.get(columnA)?.rows.size, 0);
    const named = await pool.walkColumns({ ...target, answersFrom: ["127.0.0.2"] }, [columnA], never);
    assert.equal(named.columns.get(columnA)?.rows.size, 3);
  });

  it("set() writes an integer, and says why a switch refuses", async () => {
    const seen: number[] = [];
    await using responder = await startResponder((asked, send) => {
      seen.push(asked.type);
      const status = [0, 6, 17, 12][seen.length - 1] ?? 0;
      send(message(asked, { status, index: status === 0 ? 0 : 1, varbinds: [] }));
    });
    await using pool = openSnmp();
    const write = () => pool.set(targetAt(responder.port), [{ oid: `${columnA}.1`, integer: 2 }], never);
    assert.deepEqual(await write(), { ok: true });
    const outcomes = [];
    for (const _ of [1, 2, 3]) {
      const refused = await write();
      outcomes.push(refused.ok ? "ok" : refused.failure.outcome);
    }
    assert.deepEqual(outcomes, ["denied", "denied", "refused"]);
    assert.deepEqual(seen, [3, 3, 3, 3]);
  });

  it("reads a whole simulated switch by v1 as by v2c", async () => {
    const fake = await startSwitch({ mono: () => 5_000_000 });
    await using pool = openSnmp();
    const columns = ["1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.105.1.1.1.6", "1.0.8802.1.1.2.1.4.1.1.9"];
    const read = async (version: "1" | "2c") => {
      const walk = await pool.walkColumns(
        { ...targetAt(fake.port, version), timeouts: [2000, 2000] },
        columns,
        never,
      );
      return [...walk.columns].map(([column, walked]) => [column, [...walked.rows], walked.problem]);
    };
    assert.deepEqual(await read("1"), await read("2c"));
    await fake.stop();
  });
});
