import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import * as snmp from "net-snmp";
import { systemClock } from "../../../agent/io/clock.ts";
import { createSnmpOpener } from "../../../agent/io/snmp.ts";
import type { UserTarget } from "../../../agent/io/snmp/ask.ts";
import type { SnmpV3User } from "../../../agent/io/snmp/v3-user.ts";
import { Secret } from "../../../protocol/secret.ts";
import { element, integer, octets, read, readInteger } from "../../fakes/switch/ber.ts";
import { varbind } from "../../fakes/switch/hostile.ts";

// net-snmp's own agent answers as an SNMP v3 switch would. Its answers pass through a socket of ours that can add and
// change datagrams, as somebody on the way could.

const never = new AbortController().signal;
const authKey = new Secret("auth-phrase-1");
const privKey = new Secret("priv-phrase-1");
const system = "1.3.6.1.2.1.1";
const sysName = `${system}.5.0`;

const users = {
  sha256aes: { user: "sha256aes", level: "authPriv", auth: "sha256", authKey, priv: "aes", privKey },
  sha512aes256b: {
    user: "sha512aes256b",
    level: "authPriv",
    auth: "sha512",
    authKey,
    priv: "aes256b",
    privKey,
  },
  sha1aes256r: { user: "sha1aes256r", level: "authPriv", auth: "sha", authKey, priv: "aes256r", privKey },
  sha224auth: { user: "sha224auth", level: "authNoPriv", auth: "sha224", authKey },
  md5auth: { user: "md5auth", level: "authNoPriv", auth: "md5", authKey },
  plain: { user: "plain", level: "noAuth" },
} satisfies Record<string, SnmpV3User>;

const levels = {
  noAuth: snmp.SecurityLevel.noAuthNoPriv,
  authNoPriv: snmp.SecurityLevel.authNoPriv,
  authPriv: snmp.SecurityLevel.authPriv,
};

/** What goes back instead of the agent's answer. `other` sends from another port. */
type Tamper = (answer: Buffer, asked: Buffer, send: (bytes: Buffer, from?: "own" | "other") => void) => void;

interface Running extends AsyncDisposable {
  readonly port: number;
  asked: number;
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  return socket;
}

function agentOver(facade: EventEmitter): void {
  const options = { port: 1, dgramModule: { createSocket: () => facade } };
  const agent = snmp.createAgent(options, () => {});
  const authorizer = agent.getAuthorizer();
  for (const each of Object.values<SnmpV3User>(users)) {
    authorizer.addUser({
      name: each.user,
      level: levels[each.level],
      authProtocol: snmp.AuthProtocols[each.auth ?? "none"],
      authKey: authKey.reveal(),
      privProtocol: snmp.PrivProtocols[each.priv ?? "none"],
      privKey: privKey.reveal(),
    });
  }
  const texts = { 1: "a switch", 4: "someone", 5: "sw1", 6: "somewhere" };
  for (const [arc, text] of Object.entries(texts)) {
    const name = `scalar${arc}`;
    const [type, scalarType, maxAccess] = [
      snmp.MibProviderType.Scalar,
      snmp.ObjectType.OctetString,
      snmp.MaxAccess["read-only"],
    ];
    agent.registerProvider({
      name,
      type,
      oid: `${system}.${arc}`,
      scalarType,
      maxAccess,
    });
    agent.getMib().setScalarValue(name, text);
  }
}

async function startV3Agent(tamper: Tamper = (answer, _, send) => send(answer)): Promise<Running> {
  const own = await bound();
  const other = await bound();
  let last = Buffer.alloc(0);
  const facade = Object.assign(new EventEmitter(), {
    bind() {},
    close() {},
    send(bytes: Buffer, at: number, length: number, port: number, address: string) {
      tamper(Buffer.from(bytes.subarray(at, at + length)), last, (reply, from = "own") => {
        (from === "own" ? own : other).send(reply, port, address);
      });
    },
  });
  agentOver(facade);
  const running = { port: own.address().port, asked: 0 };
  own.on("message", (bytes, from) => {
    last = bytes;
    running.asked += 1;
    facade.emit("message", bytes, from);
  });
  return Object.assign(running, {
    async [Symbol.asyncDispose]() {
      for (const socket of [own, other]) await new Promise<void>((done) => socket.close(() => done()));
    },
  });
}

function targetAt({ port }: Running, v3: SnmpV3User, timeouts = [2000]): UserTarget {
  return { host: "127.0.0.1", port, version: "3", v3, timeouts };
}

async function nameOf(agent: Running, v3: SnmpV3User, timeouts?: number[]) {
  await using pool = createSnmpOpener(systemClock)();
  const got = await pool.get(targetAt(agent, v3, timeouts), [sysName], never);
  if (!got.ok) return { ...got.failure, dropped: { ...pool.dropped } };
  const value = got.values.get(sysName);
  const name = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  return { name, dropped: { ...pool.dropped } };
}

/** The message id, which every on-looker can read. */
function messageId(asked: Buffer): number {
  const header = read(readInteger(read(asked, 0x30).content).rest, 0x30);
  return readInteger(header.content).value;
}

const flagsOf = (asked: Buffer) => {
  const header = read(readInteger(read(asked, 0x30).content).rest, 0x30);
  return read(readInteger(readInteger(header.content).rest).rest, 0x04).content[0] ?? 0;
};

/** An answer in plain, by a stranger who knows the message id and guesses the request id. */
function plainAnswer(asked: Buffer, pduTag = 0xa2): Buffer {
  const pdu = element(
    pduTag,
    Buffer.concat([
      integer(1),
      integer(0),
      integer(0),
      element(0x30, varbind([1, 3, 6, 1, 2, 1, 1, 5, 0], octets("forged"))),
    ]),
  );
  const usm = element(
    0x30,
    Buffer.concat([octets("engine-of-nobody"), integer(1), integer(1), octets(""), octets(""), octets("")]),
  );
  const header = [integer(messageId(asked)), integer(65_507), octets(Buffer.from([0])), integer(3)];
  const scoped = element(0x30, Buffer.concat([octets(""), octets(""), pdu]));
  return element(
    0x30,
    Buffer.concat([integer(3), element(0x30, Buffer.concat(header)), octets(usm), scoped]),
  );
}

/** The agent's own answer with one bit of its last octet turned: its digest is wrong then. */
function spoiled(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  return bytes;
}

const isProtected = (asked: Buffer) => (flagsOf(asked) & 1) === 1;

describe("SNMP v3", () => {
  for (const [name, v3] of Object.entries<SnmpV3User>(users)) {
    it(`reads as ${name}`, async () => {
      await using agent = await startV3Agent();
      assert.equal((await nameOf(agent, v3)).name, "sw1");
    });
  }

  it("walks by the rules of every walk", async () => {
    await using agent = await startV3Agent();
    await using pool = createSnmpOpener(systemClock)();
    const walk = await pool.walkColumns(targetAt(agent, users.sha256aes), [system], never);
    assert.equal(walk.failure, undefined);
    const rows = [...(walk.columns.get(system)?.rows ?? [])];
    assert.deepEqual(
      rows.map(([index, value]) => [index, value instanceof Uint8Array && Buffer.from(value).toString()]),
      [
        ["1.0", "a switch"],
        ["4.0", "someone"],
        ["5.0", "sw1"],
        ["6.0", "somewhere"],
      ],
    );
  });

  it("discovers an engine once, and asks again with what it knows", async () => {
    await using agent = await startV3Agent();
    const openSnmp = createSnmpOpener(systemClock);
    for (const round of [1, 2, 3]) {
      await using pool = openSnmp();
      const before = agent.asked;
      const got = await pool.get(targetAt(agent, users.sha256aes), [sysName], never);
      assert.ok(got.ok);
      assert.equal(agent.asked - before, round === 1 ? 2 : 1);
    }
  });

  it("refuses an unprotected answer that comes before the real one (downgrade)", async () => {
    await using agent = await startV3Agent((answer, asked, send) => {
      if (isProtected(asked)) send(plainAnswer(asked));
      send(answer);
    });
    const { name, dropped } = await nameOf(agent, users.sha256aes);
    assert.equal(name, "sw1");
    assert.equal(dropped.stray, 1);
  });

  it("an unprotected answer alone is no answer", async () => {
    await using agent = await startV3Agent((answer, asked, send) =>
      send(isProtected(asked) ? plainAnswer(asked) : answer),
    );
    const { outcome, why } = (await nameOf(agent, users.sha256aes, [150])) as {
      outcome: string;
      why: string;
    };
    assert.equal(outcome, "garbled");
    assert.match(why, /without its protection/);
  });

  it("a forged digest does not end the request it was forged for", async () => {
    for (const v3 of [users.sha256aes, users.sha224auth]) {
      await using agent = await startV3Agent((answer, asked, send) => {
        if (isProtected(asked)) send(spoiled(answer));
        send(answer);
      });
      const { name, dropped } = await nameOf(agent, v3);
      assert.equal(name, "sw1");
      assert.equal(dropped.stray, 1);
    }
  });

  it("takes nothing from another port, not even the true answer", async () => {
    await using agent = await startV3Agent((answer, asked, send) =>
      send(answer, isProtected(asked) ? "other" : "own"),
    );
    const { outcome, dropped } = (await nameOf(agent, users.sha256aes, [150])) as {
      outcome: string;
      dropped: { stray: number };
    };
    assert.equal(outcome, "timeout");
    assert.equal(dropped.stray, 1);
  });

  it("an agent that answers every request with a report is given up", async () => {
    await using agent = await startV3Agent((_, asked, send) => send(plainAnswer(asked, 0xa8)));
    const answer = (await nameOf(agent, users.sha256aes, [150])) as { outcome?: string };
    assert.notEqual(answer.outcome, undefined);
    assert.ok(agent.asked < 10, `${agent.asked} requests`);
  });

  it("garbage and cut messages end nothing", async () => {
    await using agent = await startV3Agent((answer, _, send) => {
      for (let n = 1; n < answer.length; n += 7) send(answer.subarray(0, answer.length - n));
      send(Buffer.from("not snmp"));
      send(Buffer.alloc(0));
      send(answer);
    });
    assert.equal((await nameOf(agent, users.sha512aes256b)).name, "sw1");
  });

  it("a password that changed is a new session, and a wrong one is denied or silent, never a crash", async () => {
    await using agent = await startV3Agent();
    const openSnmp = createSnmpOpener(systemClock);
    await using pool = openSnmp();
    const wrong = { ...users.sha256aes, authKey: new Secret("another phrase") };
    const refused = await pool.get(targetAt(agent, wrong, [150]), [sysName], never);
    assert.equal(refused.ok, false);
    assert.equal((await pool.get(targetAt(agent, users.sha256aes), [sysName], never)).ok, true);
  });

  it("ends a wait when the signal says so, with its reason", async () => {
    const stop = new AbortController();
    await using agent = await startV3Agent(() => stop.abort(new Error("enough")));
    await using pool = createSnmpOpener(systemClock)();
    const target = targetAt(agent, users.sha256aes, [600_000]);
    await assert.rejects(pool.get(target, [sysName], stop.signal), /enough/);
  });
});
