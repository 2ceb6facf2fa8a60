import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { readOverTftp } from "../end-to-end/tftp-phone.ts";
import type { StormAsk, StormPhone } from "./storm-phones.ts";

export interface StormTarget {
  readonly httpsPort: number;
  readonly tftpPort: number;
  readonly secureContext: SecureContext;
}

/** How phones of the references try again: so many times, after a pause, whatever went wrong. */
export interface StormHabits {
  readonly patience: number;
  readonly tries: number;
  readonly pause: number;
}

export const usualHabits: StormHabits = { patience: 5000, tries: 3, pause: 5000 };

export interface Booted {
  readonly family: string;
  readonly mac: string;
  /** Until the last answer was whole, ms. */
  readonly took: number;
  /** The longest time for one answer, or for a connection with its handshake, ms. */
  readonly waited: number;
  readonly answers: number;
  /** How often it had to try again. */
  readonly again: number;
  /** Why it has no config. */
  readonly problem?: string;
}

/** An answer that no phone can live with: trying again is no remedy. */
class WrongAnswer extends Error {}

/** One phone that boots: everything in its order on one connection, and over TFTP where its family does. */
export async function bootStormPhone(
  target: StormTarget,
  phone: StormPhone,
  habits: StormHabits = usualHabits,
): Promise<Booted> {
  const boot = new StormBoot(target, phone, habits);
  const started = performance.now();
  const problem = await boot.run();
  const { family, mac } = phone;
  const took = performance.now() - started;
  const { waited, answers, again } = boot;
  return { family, mac, took, waited, answers, again, ...(problem === undefined ? {} : { problem }) };
}

class StormBoot {
  waited = 0;
  answers = 0;
  again = 0;
  readonly #target: StormTarget;
  readonly #phone: StormPhone;
  readonly #habits: StormHabits;
  #line: Line | undefined;

  constructor(target: StormTarget, phone: StormPhone, habits: StormHabits) {
    this.#target = target;
    this.#phone = phone;
    this.#habits = habits;
  }

  async run(): Promise<string | undefined> {
    try {
      for (const ask of this.#phone.asks) await this.#untilAnswered(ask);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#line?.close();
    }
  }

  async #untilAnswered(ask: StormAsk): Promise<void> {
    const { tries, pause } = this.#habits;
    for (let turn = 1; ; turn += 1) {
      try {
        await (ask.via === "tftp" ? this.#overTftp(ask) : this.#overHttps(ask));
        this.answers += 1;
        return;
      } catch (error) {
        this.#line?.close();
        this.#line = undefined;
        if (turn >= tries || error instanceof WrongAnswer) throw error;
        this.again += 1;
        await sleep(pause);
      }
    }
  }

  async #overHttps(ask: StormAsk): Promise<void> {
    const line = (this.#line ??= await this.#timed(() => Line.open(this.#target, this.#phone, this.#habits)));
    const { status, etag, body } = await this.#timed(() => line.ask(ask));
    if (status !== (ask.served ? 200 : 404)) throw new WrongAnswer(`${ask.path}: ${status}`);
    if (!ask.served) return;
    const tag = createHash("sha256").update(body).digest("hex").slice(0, 32);
    if (body.length === 0 || etag !== `"${tag}"`)
      throw new WrongAnswer(`${ask.path}: ${body.length} octets that are not those of ${etag}`);
  }

  async #overTftp(ask: StormAsk): Promise<void> {
    const wanted = { blockSize: 1468, size: 0 };
    const { address } = this.#phone;
    const seen = await this.#timed(() => readOverTftp(this.#target.tftpPort, ask.path, wanted, address));
    if (seen.ok !== ask.served && (seen.ok || seen.code !== undefined))
      throw new WrongAnswer(`${ask.path} over TFTP: ${seen.ok ? "a file" : `error ${seen.code}`}`);
    if (seen.ok !== ask.served) throw new Error(`${ask.path} over TFTP: no answer`);
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.waited = Math.max(this.waited, performance.now() - started);
    }
  }
}

interface LineAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: Buffer;
}

/** A phone's connection: one request after the other, answers with a Content-Length. */
class Line {
  readonly #socket: TLSSocket;
  #heard = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<LineAnswer> | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#look();
    });
    const end = (error?: Error) => this.#waiting?.reject(error ?? new Error("closed before the answer"));
    socket.on("error", end);
    socket.on("close", () => end());
  }

  static open(target: StormTarget, { address }: StormPhone, { patience }: StormHabits): Promise<Line> {
    const { httpsPort: port, secureContext } = target;
    return new Promise((resolve, reject) => {
      const where = {
        host: "127.0.0.1",
        port,
        secureContext,
        localAddress: address,
        servername: "localhost",
      };
      const socket = connect(where);
      socket.setNoDelay(true);
      socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience} ms`)));
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed before the handshake was over")));
      socket.once("secureConnect", () => resolve(new Line(socket)));
    });
  }

  ask({ path, userAgent }: StormAsk): Promise<LineAnswer> {
    this.#waiting = Promise.withResolvers();
    if (this.#socket.destroyed) this.#waiting.reject(new Error("the connection is gone"));
    const agent = userAgent === undefined ? "" : `User-Agent: ${userAgent}\r\n`;
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${agent}\r\n`);
    return this.#waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const end = this.#heard.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#heard.toString("latin1", 0, end);
    const size = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (this.#heard.length < end + 4 + size) return;
    const body = this.#heard.subarray(end + 4, end + 4 + size);
    this.#heard = this.#heard.subarray(end + 4 + size);
    const etag = /\r\netag: *([^\r]+)/i.exec(head)?.[1];
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), etag, body });
    this.#waiting = undefined;
  }
}
