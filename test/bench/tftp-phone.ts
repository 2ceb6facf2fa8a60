import type { RemoteInfo } from "node:dgram";
import { askForOptions } from "../../protocol/tftp/options.ts";
import { encodeTftp } from "../../protocol/tftp/packet.ts";
import type { NativeUdp } from "../../provisioning-server/doors/tftp-native.ts";
import { type Destination, TftpSocket } from "../../provisioning-server/doors/tftp-sockets.ts";

// A phone that costs the load generator as little as can be: it counts octets and keeps none, and sends by one system call.
// Otherwise the generator, not the server, is what is measured.

export interface FetchWish {
  readonly server: { readonly address: string; readonly port: number };
  readonly file: string;
  readonly blockSize: number;
  readonly windowSize?: number;
  /** Whether the next datagram, either way, is lost. */
  readonly lost?: (() => boolean) | undefined;
}

type Heard = (bytes: number, end?: { readonly ok: boolean; readonly size: number }) => void;

interface Fetch {
  readonly wish: FetchWish;
  readonly heard: Heard;
  readonly listener: Destination;
  readonly request: Uint8Array;
  peer?: Destination;
  blockSize: number;
  windowSize: number;
  received: number;
  acked: number;
  gapAt: number;
  bytes: number;
  /** When the server last sent something new, and when we last sent anything. */
  progressAt: number;
  sentAt: number;
  timer: NodeJS.Timeout;
}

/** What phones do: ask again after a second, give up after ten. */
const retryAfter = 1000;
const giveUpAfter = 10_000;
const ack = Buffer.from([0, 4, 0, 0]);
const enough = encodeTftp({ op: "error", code: 0, message: "enough" });

export interface TftpPhone {
  fetch(wish: FetchWish, heard: Heard): void;
  giveUp(): void;
  close(): Promise<void>;
}

export async function openTftpPhone(address: string, native: NativeUdp | undefined): Promise<TftpPhone> {
  const phone = new Phone();
  await phone.open(address, native);
  return phone;
}

class Phone implements TftpPhone {
  #socket: TftpSocket | undefined;
  #fetch: Fetch | undefined;

  async open(address: string, native: NativeUdp | undefined): Promise<void> {
    const where = { host: address, port: 0 };
    const onDatagram = (bytes: Buffer, peer: RemoteInfo): void => this.#receive(bytes, peer);
    this.#socket = await TftpSocket.open(where, native, onDatagram, () => {});
  }

  fetch(wish: FetchWish, heard: Heard): void {
    const { blockSize, windowSize = 1 } = wish;
    // A phone without options asks for none; 512 is what it then gets.
    const wanted = {
      ...(blockSize === 512 ? {} : { blockSize }),
      ...(windowSize === 1 ? {} : { windowSize }),
    };
    const request = encodeTftp({ op: "rrq", file: wish.file, mode: "octet", options: askForOptions(wanted) });
    const now = performance.now();
    this.#fetch = {
      wish,
      heard,
      request,
      listener: this.#live.destination(wish.server),
      blockSize: 512,
      windowSize: 1,
      received: 0,
      acked: 0,
      gapAt: -1,
      bytes: 0,
      progressAt: now,
      sentAt: now,
      timer: setInterval(() => this.#onTimer(), 250),
    };
    this.#send(this.#fetch, request, this.#fetch.listener);
  }

  giveUp(): void {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    clearInterval(fetch.timer);
    this.#fetch = undefined;
    if (fetch.peer !== undefined) this.#live.send(enough, enough.length, fetch.peer);
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  get #live(): TftpSocket {
    if (this.#socket === undefined) throw new Error("the phone is not open");
    return this.#socket;
  }

  #receive(bytes: Buffer, peer: RemoteInfo): void {
    const fetch = this.#fetch;
    const opcode = bytes[1];
    if (fetch === undefined || fetch.wish.server.address !== peer.address) {
      // Somebody is still sending what was given up.
      if (opcode === 3 || opcode === 6) this.#live.send(enough, enough.length, this.#live.destination(peer));
      return;
    }
    if (fetch.wish.lost?.() === true) return;
    fetch.peer ??= this.#live.destination(peer);
    if (fetch.peer.port !== peer.port) return;
    if (opcode === 3) this.#onData(fetch, bytes);
    else if (opcode === 6) this.#onOack(fetch, bytes);
    else if (opcode === 5) this.#end(fetch, false);
  }

  #onOack(fetch: Fetch, bytes: Buffer): void {
    if (fetch.received > 0) return;
    const words = bytes.toString("latin1", 2).split("\0");
    for (let at = 0; at + 1 < words.length; at += 2) {
      const name = words[at]?.toLowerCase();
      if (name === "blksize") fetch.blockSize = Number(words[at + 1]);
      if (name === "windowsize") fetch.windowSize = Number(words[at + 1]);
    }
    this.#acknowledge(fetch);
  }

  #onData(fetch: Fetch, bytes: Buffer): void {
    const ahead = (bytes.readUInt16BE(2) - fetch.received) & 0xffff;
    if (ahead !== 1) return this.#onRepeat(fetch, ahead);
    const length = bytes.length - 4;
    fetch.received += 1;
    fetch.bytes += length;
    fetch.progressAt = performance.now();
    const last = length < fetch.blockSize;
    if (last || fetch.received - fetch.acked >= fetch.windowSize) this.#acknowledge(fetch);
    if (last) this.#end(fetch, true, length);
    else fetch.heard(length);
  }

  /** A repeat: our ACK was lost. A gap: a block was, which a window is told of once (RFC 7440). */
  #onRepeat(fetch: Fetch, ahead: number): void {
    if (fetch.windowSize === 1 ? ahead !== 0 : fetch.gapAt === fetch.received) return;
    fetch.gapAt = fetch.received;
    this.#acknowledge(fetch);
  }

  #acknowledge(fetch: Fetch): void {
    if (fetch.peer === undefined) return;
    fetch.acked = fetch.received;
    ack.writeUInt16BE(fetch.received & 0xffff, 2);
    this.#send(fetch, ack, fetch.peer);
  }

  #send(fetch: Fetch, bytes: Uint8Array, to: Destination): void {
    fetch.sentAt = performance.now();
    if (fetch.wish.lost?.() !== true) this.#live.send(bytes, bytes.length, to);
  }

  #onTimer(): void {
    const fetch = this.#fetch;
    const now = performance.now();
    if (fetch === undefined || now - Math.max(fetch.progressAt, fetch.sentAt) < retryAfter) return;
    if (now - fetch.progressAt > giveUpAfter) this.#end(fetch, false);
    else if (fetch.peer === undefined) this.#send(fetch, fetch.request, fetch.listener);
    else this.#acknowledge(fetch);
  }

  #end(fetch: Fetch, ok: boolean, length = 0): void {
    clearInterval(fetch.timer);
    this.#fetch = undefined;
    fetch.heard(length, { ok, size: fetch.bytes });
  }
}
