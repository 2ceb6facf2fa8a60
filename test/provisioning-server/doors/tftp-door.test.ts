import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import type { Answer } from "../../../protocol/answer.ts";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import {
  decodeTftp,
  encodeTftp,
  type TftpOptionList,
  type TftpPacket,
} from "../../../protocol/tftp/packet.ts";
import type { Sent } from "../../../provisioning-server/doors/door.ts";
import { buildTftpDoor, type TftpDoorOptions } from "../../../provisioning-server/doors/tftp-door.ts";

const body = Buffer.from(`#!version:1.0.0.1\n${"x".repeat(600)}\n`);

interface Bench {
  readonly port: number;
  readonly asked: PhoneRequest[];
  readonly recorded: { answer: Answer; sent: Sent; request: PhoneRequest }[];
  readonly crashes: unknown[];
  /** Resolves when the next answer is recorded. */
  nextRecord(): Promise<void>;
  close(within?: number): Promise<void>;
}

async function openDoor(context: TestContext, options: Partial<TftpDoorOptions> = {}): Promise<Bench> {
  const asked: Bench["asked"] = [];
  const recorded: Bench["recorded"] = [];
  const crashes: unknown[] = [];
  let heard: () => void = () => {};
  const door = buildTftpDoor({
    listed: () => true,
    answer: async (request) => {
      asked.push(request);
      if (request.path === "/bug") throw new Error("a bug");
      return answerTo(request.path);
    },
    record: (request, answer, sent) => {
      recorded.push({ request, answer, sent });
      heard();
    },
    crash: (error) => crashes.push(error),
    ...options,
  });
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  context.after(() => door.close(0));
  const nextRecord = () => new Promise<void>((resolve) => (heard = resolve));
  return { port, asked, recorded, crashes, nextRecord, close: (within) => door.close(within) };
}

function answerTo(path: string): Answer {
  const identity = { file: "config" } as const;
  if (path === "/a.cfg")
    return {
      outcome: "file",
      identity,
      claim: "public",
      file: { name: "a.cfg", contentType: "text/plain", body, etag: '"a"', secret: false },
    };
  if (path === "/denied")
    return { outcome: "denied", identity, kind: "secret-over-tftp", reason: "r", remedy: "m" };
  return { outcome: "unknown-device", identity, reason: "r", remedy: "m" };
}

interface Reply {
  readonly packet: TftpPacket;
  readonly port: number;
}

/** A client of single datagrams: what it gets is queued until it is looked at. */
class Client {
  readonly socket: Socket = createSocket("udp4");
  readonly #replies: Reply[] = [];
  #wake: () => void = () => {};

  static async open(context: TestContext): Promise<Client> {
    const client = new Client();
    client.socket.on("message", (bytes: Buffer, peer: RemoteInfo) => {
      const packet = decodeTftp(bytes);
      assert.ok(packet.ok);
      client.#replies.push({ packet: packet.value, port: peer.port });
      client.#wake();
    });
    client.socket.bind(0, "127.0.0.1");
    await once(client.socket, "listening");
    context.after(() => client.socket.close());
    return client;
  }

  send(packet: TftpPacket, port: number): void {
    this.socket.send(encodeTftp(packet), port, "127.0.0.1");
  }

  ask(file: string, port: number, options: TftpOptionList = [], mode = "octet"): void {
    this.send({ op: "rrq", file, mode, options }, port);
  }

  async next(): Promise<Reply> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  get waiting(): number {
    return this.#replies.length;
  }
}

test("the TFTP door answers from a port of its own, block by block, and records the end", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  client.ask("a.cfg", door.port);
  const first = await client.next();
  assert.notEqual(first.port, door.port);
  assert.ok(first.packet.op === "data");
  assert.equal(first.packet.data.length, 512);
  client.send({ op: "ack", block: 1 }, first.port);
  const second = await client.next();
  assert.ok(second.packet.op === "data");
  assert.deepEqual(Buffer.concat([first.packet.data, second.packet.data]), body);
  const recorded = door.nextRecord();
  client.send({ op: "ack", block: 2 }, first.port);
  await recorded;
  const { request, sent } = door.recorded[0] ?? assert.fail();
  assert.deepEqual([sent.status, sent.bytes], [200, body.length]);
  assert.deepEqual(
    [request.via, request.method, request.path, request.address],
    ["tftp", "RRQ", "/a.cfg", "127.0.0.1"],
  );
});

test("a second transfer of the same client port has another port (RFC 1350)", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  client.ask("a.cfg", door.port);
  const first = await client.next();
  client.ask("a.cfg", door.port, [["tsize", "0"]]);
  const second = await client.next();
  assert.equal(second.packet.op, "oack");
  assert.notEqual(second.port, first.port);
  assert.deepEqual(
    door.recorded.map(({ sent }) => sent.status),
    [499],
  );
  client.send({ op: "data", block: 1, data: new Uint8Array(1) }, first.port);
  assert.deepEqual((await client.next()).packet, {
    op: "error",
    code: 5,
    message: "Unknown transfer ID",
  });
});

test("with singlePort all comes from the listening port", async (context) => {
  const door = await openDoor(context, { singlePort: true });
  const client = await Client.open(context);
  client.ask("/a.cfg", door.port, [["blksize", "1024"]]);
  const oack = await client.next();
  assert.deepEqual(oack, { packet: { op: "oack", options: [["blksize", "1024"]] }, port: door.port });
  client.send({ op: "ack", block: 0 }, door.port);
  const data = await client.next();
  assert.equal(data.port, door.port);
  const recorded = door.nextRecord();
  client.send({ op: "ack", block: 1 }, door.port);
  await recorded;
  assert.equal(door.recorded[0]?.sent.status, 200);
});

test("a request come twice is answered once", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  for (let copy = 0; copy < 3; copy += 1) client.ask("a.cfg", door.port);
  const first = await client.next();
  client.send({ op: "ack", block: 1 }, first.port);
  const second = await client.next();
  assert.deepEqual([second.packet.op === "data" && second.packet.block, second.port], [2, first.port]);
  assert.equal(door.asked.length, 1);
  assert.equal(client.waiting, 0);
});

test("unknown, denied and malformed look the same, and differ in the record", async (context) => {
  const door = await openDoor(context);
  const replies = new Set<string>();
  for (const file of ["who.cfg", "denied", "a/../a.cfg", "x".repeat(300)]) {
    const client = await Client.open(context);
    const recorded = door.nextRecord();
    client.ask(file, door.port);
    replies.add(JSON.stringify((await client.next()).packet));
    await recorded;
  }
  assert.deepEqual([...replies], ['{"op":"error","code":1,"message":"File not found"}']);
  assert.deepEqual(
    door.recorded.map(({ answer, sent }) => [answer.outcome, sent.status]),
    [
      ["unknown-device", 404],
      ["denied", 404],
      ["unknown-device", 404],
      ["unknown-device", 404],
    ],
  );
  assert.equal(door.asked.length, 2, "a malformed name is nobody's to answer");
});

test("who is not in a listed network hears nothing at all", async (context) => {
  const addresses: string[] = [];
  const door = await openDoor(context, {
    listed: (address) => {
      addresses.push(address);
      return addresses.length > 2;
    },
  });
  const client = await Client.open(context);
  client.ask("a.cfg", door.port);
  client.send({ op: "wrq", file: "a.cfg", mode: "octet", options: [] }, door.port);
  client.ask("who.cfg", door.port); // the third is let in: what comes is its answer and no other
  const reply = await client.next();
  assert.equal(reply.packet.op, "error");
  assert.deepEqual(addresses, ["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  assert.equal(client.waiting, 0);
});

const refusals: readonly (readonly [string, TftpPacket, number])[] = [
  ["a write", { op: "wrq", file: "a.cfg", mode: "octet", options: [] }, 2],
  ["an unknown mode", { op: "rrq", file: "a.cfg", mode: "mail", options: [] }, 4],
  ["a bug of ours", { op: "rrq", file: "bug", mode: "octet", options: [] }, 0],
];

for (const [what, packet, code] of refusals) {
  test(`${what} is answered with error ${code}`, async (context) => {
    const door = await openDoor(context);
    const client = await Client.open(context);
    client.send(packet, door.port);
    const reply = await client.next();
    assert.equal(reply.packet.op === "error" && reply.packet.code, code);
    assert.equal(door.crashes.length, code === 0 ? 1 : 0);
    assert.equal(door.recorded.length, 0);
  });
}

test("a client that ends the transfer is recorded with what it acknowledged", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  client.ask("a.cfg", door.port);
  const { port } = await client.next();
  client.send({ op: "ack", block: 1 }, port);
  await client.next();
  const recorded = door.nextRecord();
  client.send({ op: "error", code: 0, message: "enough" }, port);
  await recorded;
  assert.deepEqual([door.recorded[0]?.sent.status, door.recorded[0]?.sent.bytes], [499, 512]);
});

test("transfers to those who never acknowledge wait for a token, and an ACK gives it back", async (context) => {
  const door = await openDoor(context, { admission: { unproven: { perAddress: 1, perNetwork: 1 } } });
  const first = await Client.open(context);
  first.ask("a.cfg", door.port);
  const { port } = await first.next();
  const second = await Client.open(context);
  second.ask("a.cfg", door.port);
  second.send({ op: "wrq", file: "a.cfg", mode: "octet", options: [] }, door.port); // no token, no error either
  first.send({ op: "ack", block: 1 }, port);
  await first.next();
  assert.equal((await second.next()).packet.op, "data");
  assert.equal(door.asked.length, 2);
  assert.equal(second.waiting, 0);
});

test("close() lets a transfer end and takes no new one", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  client.ask("a.cfg", door.port, [["blksize", "1024"]]);
  const { port } = await client.next();
  const closed = door.close();
  const late = await Client.open(context);
  late.ask("a.cfg", door.port);
  client.send({ op: "ack", block: 0 }, port);
  await client.next();
  client.send({ op: "ack", block: 1 }, port);
  await closed;
  assert.deepEqual([door.recorded[0]?.sent.status, late.waiting, door.asked.length], [200, 0, 1]);
});

test("close(0) cuts off what is still on its way", async (context) => {
  const door = await openDoor(context);
  const client = await Client.open(context);
  client.ask("a.cfg", door.port);
  await client.next();
  await door.close(0);
  assert.equal(door.recorded[0]?.sent.status, 408);
});
