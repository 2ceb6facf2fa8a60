import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { decodeTftp, encodeTftp, type TftpPacket } from "../../../protocol/tftp/packet.ts";
import { fileAnswer, noAnswer } from "../../fakes/open-doors.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";
import { buildTftpDoor, type TftpDoorOptions } from "../../../provisioning-server/doors/tftp-door.ts";

const name = "805ec0123456.cfg";
const body = Buffer.alloc(5000, "x");

async function openDoor(context: TestContext, options: Partial<TftpDoorOptions> = {}) {
  const paths: string[] = [];
  const ends: number[] = [];
  const malformed = new Map<string, number>();
  const door = buildTftpDoor({
    listed: () => true,
    answer: async ({ path }) => {
      paths.push(path);
      return path === `/${name}` ? fileAnswer(name, body) : noAnswer;
    },
    record: (_request, _answer, sent) => ends.push(sent.status),
    crash: (error) => {
      throw error;
    },
    counts: {
      retransmitted: () => {},
      malformed: (reason) => malformed.set(reason, (malformed.get(reason) ?? 0) + 1),
    },
    ...options,
  });
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  context.after(() => door.close(0));
  return { door, port, paths, ends, malformed };
}

async function openSocket(context: TestContext): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  context.after(() => socket.close());
  return socket;
}

async function exchange(socket: Socket, bytes: Uint8Array, port: number): Promise<[TftpPacket, RemoteInfo]> {
  socket.send(bytes, port, "127.0.0.1");
  const [answer, peer] = (await once(socket, "message")) as [Buffer, RemoteInfo];
  const packet = decodeTftp(answer);
  assert.ok(packet.ok);
  return [packet.value, peer];
}

const rrq = (file: string, mode = "octet") => encodeTftp({ op: "rrq", file, mode, options: [] });

/** A whole file, block by block, asking again every 100 ms as a phone does after a second. */
async function fetchFile(socket: Socket, port: number): Promise<number> {
  let length = 0;
  let ask = (): void => socket.send(rrq(name), port, "127.0.0.1");
  const again = setInterval(() => ask(), 100);
  ask();
  for (let block = 1; ;) {
    const [answer, peer] = (await once(socket, "message")) as [Buffer, RemoteInfo];
    const packet = decodeTftp(answer);
    if (!packet.ok || packet.value.op !== "data" || packet.value.block !== block) continue;
    length += packet.value.data.length;
    const ack = encodeTftp({ op: "ack", block });
    ask = () => socket.send(ack, peer.port, "127.0.0.1");
    ask();
    block += 1;
    if (packet.value.data.length < 512) break;
  }
  clearInterval(again);
  return length;
}

/** Ways to say "up one folder", around names that are worth it. */
function traversal(random: ReturnType<typeof seededRandom>): string {
  const ups = [
    "../",
    "..\\",
    "%2e%2e/",
    "..%2f",
    "%252e%252e%252f",
    "..\u0000/",
    "À®À®/",
    "..//",
    ".././",
    "....//",
  ];
  const ends = [
    "etc/passwd",
    "etc/shadow",
    "windows\\win.ini",
    name,
    `${name}\u0000.png`,
    "proc/self/environ",
    "",
  ];
  const pick = (from: readonly string[]) => from[random.below(from.length)] ?? "";
  const start = pick(["", "/", "\\", "C:\\", "file:///", `${name}/`]);
  return `${start}${pick(ups).repeat(1 + random.below(8))}${pick(ends)}`;
}

test("10,000 ways out of the folder bring not one octet of a file", async (context) => {
  const seed = Number(process.env["SEED"] ?? 25);
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const many = { perAddress: 1e6, perNetwork: 1e6 };
  const { port, paths } = await openDoor(context, { admission: { unproven: many } });
  const socket = await openSocket(context);
  const answers = new Set<unknown>();
  socket.on("message", (bytes: Buffer) => {
    const packet = decodeTftp(bytes);
    answers.add(packet.ok && packet.value.op);
  });
  for (let round = 0; round < 10_000; round += 1) {
    const asked = Buffer.from(`\0\u0001${traversal(random)}\0octet\0`, "latin1");
    // A NUL leaves words that are no request; those may get silence.
    if (asked.indexOf(0, 2) < asked.length - 7) socket.send(asked, port, "127.0.0.1");
    else await exchange(socket, asked, port);
  }
  assert.deepEqual([...answers], ["error"]);
  assert.deepEqual(
    paths.filter((path) => path.split("/").includes("..") || path === `/${name}`),
    [],
  );
});

test("a flood of garbage and of requests does not keep a phone from its file", async (context) => {
  const seed = Number(process.env["SEED"] ?? 19);
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const { port, door, malformed } = await openDoor(context);
  const phone = await openSocket(context);
  const flooders = await Promise.all(Array.from({ length: 8 }, () => openSocket(context)));
  let over = false;
  const flood = async (socket: Socket): Promise<void> => {
    while (!over) {
      const noise = random.bytes(random.below(600));
      if (noise[1] !== undefined && random.below(2) === 0) noise.set([0, random.below(8)]);
      socket.send(random.below(3) === 0 ? rrq(`${random.below(1000)}.cfg`) : noise, port, "127.0.0.1");
      if (random.below(8) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const floods = flooders.map(flood);
  for (let file = 0; file < 10; file += 1) assert.equal(await fetchFile(phone, port), body.length);
  over = true;
  await Promise.all(floods);
  assert.ok((malformed.get("garbled") ?? 0) > 0);
  assert.ok(door.active <= 100, `${door.active} at a time`);
});

test("a forged source gets two datagrams, at most 21 times the request's octets, and then nothing", async (context) => {
  const fast = { now: () => Date.now(), mono: () => performance.now() * 40 };
  const { port, ends, door } = await openDoor(context, { clock: fast });
  const socket = await openSocket(context);
  const headers = 28; // IPv4 and UDP
  let out = 0;
  let datagrams = 0;
  socket.on("message", (bytes: Buffer) => {
    out += bytes.length + headers;
    datagrams += 1;
  });
  const request = rrq(name);
  socket.send(request, port, "127.0.0.1");
  while (ends.length === 0)
    await once(socket, "message", { signal: AbortSignal.timeout(300) }).catch(() => {});
  assert.deepEqual(ends, [408]);
  assert.equal(datagrams, 2);
  assert.ok(out / (request.length + headers) <= 21, `${out} octets`);
  assert.equal(door.active, 0);
});

test("who never acknowledges is sent no more than the rates allow, whatever is asked", async (context) => {
  const { port, paths } = await openDoor(context, {
    admission: { unproven: { perAddress: 5, perNetwork: 50 } },
    clock: { now: () => Date.now(), mono: () => 0 }, // time brings no tokens
  });
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(context)));
  let out = 0;
  for (const socket of sockets) socket.on("message", () => (out += 1));
  for (const socket of sockets) {
    socket.send(rrq(name), port, "127.0.0.1");
    socket.send(encodeTftp({ op: "wrq", file: name, mode: "octet", options: [] }), port, "127.0.0.1");
    socket.send(rrq(name, "mail"), port, "127.0.0.1");
  }
  for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(paths.length <= 5 && out <= 5, `${paths.length} asked, ${out} sent`);
  assert.ok(paths.length > 0);
});

test("300 phones behind one address all get their file, each by one transfer", async (context) => {
  const { port, paths } = await openDoor(context);
  const phones = await Promise.all(Array.from({ length: 300 }, () => openSocket(context)));
  const lengths = await Promise.all(phones.map((phone) => fetchFile(phone, port)));
  assert.deepEqual(new Set(lengths), new Set([body.length]));
  assert.equal(paths.length, 300);
});

test("a boot ROM that asks for the size, says ERROR, and asks again from the same port gets its file", async (context) => {
  const { port, ends } = await openDoor(context);
  const rom = await openSocket(context);
  const ask = (options: [string, string][]) => encodeTftp({ op: "rrq", file: name, mode: "octet", options });
  const [size, first] = await exchange(rom, ask([["tsize", "0"]]), port);
  assert.deepEqual(size, { op: "oack", options: [["tsize", "5000"]] });
  rom.send(encodeTftp({ op: "error", code: 0, message: "TFTP Aborted" }), first.port, "127.0.0.1");
  const wish: [string, string][] = [
    ["tsize", "0"],
    ["blksize", "1468"],
    ["windowsize", "16"],
    ["timeout", "5"],
    ["utimeout", "100000"], // unknown to us: left out (RFC 2347)
  ];
  const [oack, second] = await exchange(rom, ask(wish), port);
  assert.ok(oack.op === "oack");
  assert.deepEqual(oack.options.map(([option]) => option).toSorted(), [
    "blksize",
    "timeout",
    "tsize",
    "windowsize",
  ]);
  const blocks: number[] = [];
  const whole = Promise.withResolvers<void>();
  rom.on("message", (bytes: Buffer) => {
    blocks.push(bytes.length - 4);
    if (bytes.length < 1472) whole.resolve();
  });
  // Some boot loaders send their whole buffer with an ACK.
  rom.send(Buffer.concat([encodeTftp({ op: "ack", block: 0 }), Buffer.alloc(500)]), second.port, "127.0.0.1");
  await whole.promise;
  assert.deepEqual(blocks, [1468, 1468, 1468, 596]);
  assert.deepEqual(ends, [499]);
});
