import { setTimeout as sleep } from "node:timers/promises";
import { loadNativeUdp } from "../../provisioning-server/doors/tftp-native.ts";
import { seededRandom } from "../fakes/seeded-random.ts";
import { LoadMeter } from "./load-meter.ts";
import { type FetchWish, openTftpPhone, type TftpPhone } from "./tftp-phone.ts";

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
  /** Blocks per ACK (RFC 7440); 1 unless said. */
  readonly windowSize?: number;
  /** Share of datagrams lost, each way. */
  readonly loss?: number;
}

export interface TftpCame {
  readonly transfers: number;
  readonly bytes: number;
  readonly failed: number;
  readonly seconds: number;
  readonly loadBusy: number;
}

/**
 * Phones on loopback addresses of their own, a socket each. There are more of them than transfers at a time, so that nobody
 * asks again while its last answer may still be under way.
 */
export class TftpPhones implements AsyncDisposable {
  readonly #idle: TftpPhone[];
  readonly #all: readonly TftpPhone[];

  private constructor(phones: readonly TftpPhone[]) {
    this.#all = phones;
    this.#idle = [...phones];
  }

  static async open(count: number): Promise<TftpPhones> {
    const native = await loadNativeUdp();
    const addresses = Array.from({ length: count }, (_, at) => `127.1.${at >> 7}.${1 + (at & 127)}`);
    return new TftpPhones(await Promise.all(addresses.map((address) => openTftpPhone(address, native))));
  }

  /**
   * Keeps `atOnce` transfers going for `ms`, and beyond (up to two seconds) until as many have come whole: in a storm the
   * first may take that long. Counts what came meanwhile, and ends the rest with an ERROR.
   */
  async load(server: TftpServer, load: TftpLoad, ms: number, signal: AbortSignal): Promise<TftpCame> {
    const came = { transfers: 0, bytes: 0, failed: 0 };
    const underWay = new Set<TftpPhone>();
    const random = seededRandom(load.atOnce);
    const lost = load.loss === undefined ? undefined : () => random.next() < (load.loss ?? 0);
    let next = 0;
    let over = false;
    let wrong: Error | undefined;
    const begin = () => {
      const phone = this.#idle.shift();
      const file = load.files[next++ % load.files.length];
      if (phone === undefined || file === undefined) throw new Error("too few phones or files");
      underWay.add(phone);
      const wish: FetchWish = { ...load, server, file: file.path, lost };
      phone.fetch(wish, (bytes, end) => {
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

/** Whether a server sends this file at all. */
export async function answersTftp(server: TftpServer, path: string, patience = 500): Promise<boolean> {
  const phone = await openTftpPhone("127.1.0.250", undefined);
  try {
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), patience);
      phone.fetch({ server, file: path, blockSize: 512 }, (_bytes, end) => {
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
