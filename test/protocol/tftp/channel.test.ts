import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeNetascii } from "../../../protocol/tftp/netascii.ts";
import { decodeTftp } from "../../../protocol/tftp/packet.ts";
import { receivedFile, startReceive, stepReceive } from "../../../protocol/tftp/receive-transfer.ts";
import { startSend, startsOver, stepSend, type SendState } from "../../../protocol/tftp/send-transfer.ts";
import { seededRandom, type SeededRandom } from "../../fakes/seeded-random.ts";
import { datagrams } from "./datagrams.ts";

// A client and a server of ours over a channel that loses, doubles, delays and reorders, on a clock of its own.

interface Weather {
  readonly loss: number;
  readonly doubling: number;
  readonly delay: number;
}

interface Transfer {
  readonly done: boolean;
  readonly failure: string | undefined;
  readonly dataSent: number;
  readonly file: Uint8Array;
}

interface Arrival {
  readonly at: number;
  readonly port: number | "client" | "wake";
  readonly from: number;
  readonly bytes: Uint8Array;
}

function transfer(random: SeededRandom, weather: Weather, body: Uint8Array, netascii: boolean): Transfer {
  const mode = netascii ? "netascii" : "octet";
  const windowSize = [1, 1, 2, 8, 64][random.below(5)] ?? 1;
  const blockSize = [8, 16, 64, 512, 1468][random.below(5)] ?? 512;
  const wanted = random.below(4) === 0 ? {} : { windowSize, blockSize, size: 0 };
  const file = netascii ? encodeNetascii(body) : body;
  let now = 0;
  let ports = 100;
  let dataSent = 0;
  const servers = new Map<number, SendState>();
  const way: Arrival[] = [];
  const put = (port: Arrival["port"], from: number, bytes: Uint8Array): void => {
    if (random.next() < weather.loss) return;
    const copies = random.next() < weather.doubling ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      way.push({ at: now + 1 + random.next() * weather.delay, port, from, bytes });
  };
  const fromServer = (port: number, step: ReturnType<typeof startSend>): void => {
    servers.set(port, step.state);
    const out = datagrams(step, file);
    dataSent += out.length;
    for (const bytes of out) put("client", port, bytes);
  };
  let client = startReceive({ file: "f", mode, wanted, maxBytes: 1e6, patience: 60_000 }, now);
  const fromClient = (step: typeof client): void => {
    client = step;
    for (const { to, bytes } of step.send) put(to === "listener" ? 69 : to, 1, bytes);
  };
  const arrive = ({ port, from, bytes }: Arrival): void => {
    const packet = decodeTftp(bytes);
    assert.ok(packet.ok);
    if (port === "client") {
      fromClient(stepReceive(client.state, { kind: "packet", packet: packet.value, port: from }, now));
    } else if (port === 69 && packet.value.op === "rrq") {
      // As the door does: while a transfer with this client lives, a repeated request is one of the network's.
      if ([...servers.values()].some((state) => !startsOver(state, now))) return;
      servers.clear();
      ports += 1;
      fromServer(ports, startSend({ size: file.length, options: packet.value.options }, now));
    } else if (typeof port === "number") {
      const state = servers.get(port);
      if (state === undefined) return;
      fromServer(port, stepSend(state, { kind: "packet", packet: packet.value }, now));
    }
  };
  fromClient(client);
  const alive = () =>
    way.length > 0 ||
    client.wakeAt !== undefined ||
    [...servers.values()].some((state) => state.phase === "sending");
  for (let steps = 0; alive(); steps += 1) {
    assert.ok(steps < 200_000, "the transfer never ends");
    way.sort((left, right) => left.at - right.at);
    const wakes = [...servers.values()].filter((state) => state.phase === "sending").map((s) => s.wakeAt);
    const next = Math.min(way[0]?.at ?? Infinity, client.wakeAt ?? Infinity, ...wakes);
    now = Math.max(now, next);
    const due = way[0] !== undefined && way[0].at <= now ? way.shift() : undefined;
    if (due !== undefined) {
      arrive(due);
      continue;
    }
    if ((client.wakeAt ?? Infinity) <= now) fromClient(stepReceive(client.state, { kind: "timer" }, now));
    for (const [port, state] of servers)
      if (state.phase === "sending" && state.wakeAt <= now)
        fromServer(port, stepSend(state, { kind: "timer" }, now));
  }
  const done = client.state.phase === "done";
  return {
    done,
    failure: client.state.failure?.kind,
    dataSent,
    file: done ? receivedFile(client.state) : new Uint8Array(),
  };
}

const weathers: readonly (readonly [string, Weather, number])[] = [
  ["a clear line", { loss: 0, doubling: 0, delay: 5 }, 1000],
  ["doubling alone", { loss: 0, doubling: 0.5, delay: 1 }, 1000],
  ["reordering", { loss: 0, doubling: 0.1, delay: 80 }, 2000],
  ["1 % loss each way", { loss: 0.01, doubling: 0.01, delay: 20 }, 2500],
  ["10 % loss each way", { loss: 0.1, doubling: 0.05, delay: 40 }, 2000],
  ["30 % loss each way", { loss: 0.3, doubling: 0.1, delay: 150 }, 500],
  ["late ACKs, far beyond the first time-out", { loss: 0.02, doubling: 0.05, delay: 1500 }, 1000],
];

/** Where a client may lose its one request and the only two answers to it, before it has acknowledged anything. */
const harsh = ({ loss, delay }: Weather): boolean => loss >= 0.1 || delay > 1000;

for (const [what, weather, count] of weathers) {
  test(`${count} transfers over ${what} all arrive whole, or end in a clean error`, (context) => {
    const seed = Number(process.env["SEED"] ?? 4711);
    context.diagnostic(`seed ${seed}`);
    const random = seededRandom(seed);
    let failed = 0;
    for (let round = 0; round < count; round += 1) {
      const body = random.bytes(random.below(1200));
      const result = transfer(random, weather, body, random.below(4) === 0);
      if (result.done) assert.ok(Buffer.from(result.file).equals(body), `round ${round} differs`);
      else assert.ok(result.failure !== undefined, `round ${round} neither done nor failed`);
      failed += result.done ? 0 : 1;
    }
    const mostFailed = weather.loss > 0.2 ? count / 20 : harsh(weather) ? count / 200 : 0;
    assert.ok(failed <= mostFailed, `${failed} of ${count} failed`);
  });
}

test("doubling in the network never doubles the blocks sent (sorcerer's apprentice)", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 200; round += 1) {
    const result = transfer(random, { loss: 0, doubling: 1, delay: 0 }, random.bytes(1000), false);
    assert.ok(result.done);
    assert.ok(result.dataSent <= 1 + 126, `${result.dataSent} datagrams`);
  }
});
