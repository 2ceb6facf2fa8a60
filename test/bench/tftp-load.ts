import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeTftp, encodeTftp, type TftpPacket } from "../../protocol/tftp/packet.ts";
import {
  type ReceiveInput,
  type ReceiveStep,
  startReceive,
  stepReceive,
} from "../../protocol/tftp/receive-transfer.ts";
import { LoadMeter } from "./load-meter.ts";

/** Each server under test has an address of its own: so a late answer of one is not taken for another's. */
export interface TftpServer {
  readonly address: string;
  readonly port: number;
}

export interface TftpLoad {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Transfers under way at any moment. */
  readonly atOnce: number;
  readonly blockSize: number;
}

export interface TftpCame {
  readonly transfers: number;
  readonly bytes: number;
  readonly failed: number;
  readonly seconds: number;
  readonly loadBusy: number;
}

/**
 * Phones on loopback addresses of their own, a socket each, by the same step function that the agent fetches with. There are
 * more of them than transfers at a time, so that nobody asks again while its last answer may still be under way.
 */
export class TftpPhones implements AsyncDisposable {
  readonly #idle: Phone[];
  readonly #all: readonly Phone[];

  private constructor(phones: readonly Phone[]) {
    this.#all = phones;
    this.#idle = [...phones];
  }

  static async open(count: number): Promise<TftpPhones> {
    const addresses = Array.from({ length: count }, (_, at) => `127.1.${at >> 7}.${1 + (at & 127)}`);
    return new TftpPhones(await Promise.all(addresses.map(openPhone)));
  }

  /**
   * Keeps `atOnce` transfers going for `ms`, and beyond (up to two seconds) until as many have come whole: in a storm the
   * first may take that long. Counts what came meanwhile, and ends the rest with an ERROR.
   */
  async load(server: TftpServer, load: TftpLoad, ms: number, signal: AbortSignal): Promise<TftpCame> {
    const came = { transfers: 0, bytes: 0, failed: 0 };
    const underWay = new Set<Phone>();
    let next = 0;
    let over = false;
    let wrong: Error | undefined;
    const begin = () => {
      const phone = this.#idle.shift();
      const file = load.files[next++ % load.files.length];
      if (phone === undefined || file === undefined) throw new Error("too few phones or files");
      underWay.add(phone);
      phone.fetch(server, file.path, load.blockSize, (bytes, end) => {
        came.bytes += bytes;
        if (end === undefined) return;
        underWay.delete(phone);
        this.#idle.push(phone);
        if (end.ok && end.size !== file.size)
          wrong ??= new Error(`${server.address} ${file.path}: ${end.size} octets, not ${file.size}`);
        came[end.ok ? "transfers" : "failed"] += 1;
        if (!over) begin();
      });
    };
    const meter = new LoadMeter();
    for (let count = 0; count < load.atOnce; count += 1) begin();
    await sleepUntil(ms, signal);
    for (let more = 0; more < 40 && came.transfers < load.atOnce; more += 1) await sleepUntil(50, signal);
    const result = { ...came, ...meter.read() };
    over = true;
    for (const phone of underWay) {
      phone.giveUp();
      this.#idle.push(phone);
    }
    if (wrong !== undefined) throw wrong;
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((phone) => phone.close()));
  }
}

/** Ends early, and without a word, with the signal: whoever runs the rounds looks at it. */
function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {});
}

type Heard = (bytes: number, end?: { readonly ok: boolean; readonly size: number }) => void;

interface Fetch {
  readonly server: TftpServer;
  readonly heard: Heard;
  step: ReceiveStep;
  timer: NodeJS.Timeout | undefined;
}

class Phone {
  readonly #socket: Socket;
  #fetch: Fetch | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, peer) => {
      const packet = decodeTftp(bytes);
      if (!packet.ok) return;
      if (this.#fetch?.server.address === peer.address)
        this.#take({ kind: "packet", packet: packet.value, port: peer.port });
      // Somebody is still sending what was given up.
      else if (packet.value.op === "data" || packet.value.op === "oack")
        this.#send(endOfBench, peer.port, peer.address);
    });
  }

  fetch(server: TftpServer, file: string, blockSize: number, heard: Heard): void {
    const wish = {
      file,
      mode: "octet",
      // A phone without options asks for none; 512 is what it then gets.
      wanted: blockSize === 512 ? {} : { blockSize },
      maxBytes: 100_000_000,
      patience: 10_000,
    } as const;
    const step = startReceive(wish, performance.now());
    this.#fetch = { server, heard, step, timer: undefined };
    this.#apply(this.#fetch, step, 0);
  }

  giveUp(): void {
    const fetch = this.#fetch;
    const { peer } = fetch?.step.state ?? {};
    if (fetch === undefined) return;
    clearTimeout(fetch.timer);
    this.#fetch = undefined;
    if (peer !== undefined) this.#send(endOfBench, peer, fetch.server.address);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #take(input: ReceiveInput): void {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    const before = fetch.step.state.bytes;
    this.#apply(fetch, stepReceive(fetch.step.state, input, performance.now()), before);
  }

  #apply(fetch: Fetch, step: ReceiveStep, before: number): void {
    fetch.step = step;
    for (const { to, bytes } of step.send)
      this.#send(bytes, to === "listener" ? fetch.server.port : to, fetch.server.address);
    const { phase, bytes } = step.state;
    const over = phase === "done" || phase === "failed";
    if (over) {
      clearTimeout(fetch.timer);
      this.#fetch = undefined;
      fetch.heard(bytes - before, { ok: phase === "done", size: bytes });
      return;
    }
    // One timer for the whole fetch, set anew when it fires: cheaper than one per packet.
    fetch.timer ??= setTimeout(() => this.#onTimer(fetch), 250);
    if (bytes > before) fetch.heard(bytes - before);
  }

  #onTimer(fetch: Fetch): void {
    if (this.#fetch !== fetch) return;
    fetch.timer = undefined;
    this.#take({ kind: "timer" });
  }

  #send(bytes: Uint8Array, port: number, address: string): void {
    this.#socket.send(bytes, port, address, () => {});
  }
}

const endOfBench = encodeTftp({ op: "error", code: 0, message: "enough" } satisfies TftpPacket);

async function openPhone(address: string): Promise<Phone> {
  const socket = createSocket({
    type: "udp4",
    // Servers are addresses already: nothing to look up, once per datagram.
    lookup: (host, _options, callback) => callback(null, host, 4),
  });
  socket.on("error", () => {});
  const listening = once(socket, "listening"); // which comes at once, for there is nothing to look up
  socket.bind(0, address);
  await listening;
  return new Phone(socket);
}

/** Whether a server sends this file at all. */
export async function answersTftp(server: TftpServer, path: string, patience = 500): Promise<boolean> {
  const phone = await openPhone("127.1.0.250");
  try {
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), patience);
      phone.fetch(server, path, 512, (_bytes, end) => {
        if (end === undefined) return;
        clearTimeout(timer);
        resolve(end.ok);
      });
    });
  } finally {
    phone.giveUp();
    await phone.close();
  }
}
