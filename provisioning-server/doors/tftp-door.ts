import type { RemoteInfo } from "node:dgram";
import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import {
  decodeTftp,
  encodeTftp,
  tftpErrors,
  type TftpRequest,
  tryReadAck,
} from "../../protocol/tftp/packet.ts";
import { startSend, tryParseTransferMode, type TransferMode } from "../../protocol/tftp/send-transfer.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { decodeAskedPath, printRefusedPath } from "./asked-path.ts";
import { chooseCredential } from "./credential.ts";
import { askAnswer, type DoorClock, type DoorOptions, recordAnswer, systemDoorClock } from "./door.ts";
import { plainAddress } from "./plain-address.ts";
import { Admission, type AdmissionLimits, usualAdmission } from "./tftp-admission.ts";
import { BlockLimit } from "./tftp-block-limit.ts";
import { loadNativeUdp } from "./tftp-native.ts";
import { type OnDatagram, TftpSocket } from "./tftp-sockets.ts";
import { openSource } from "./tftp-source.ts";
import { TimerWheel } from "./tftp-timers.ts";
import { TftpTransfer } from "./tftp-transfer.ts";

/** What the door counts; `record` tells of the transfers themselves. */
export interface TftpCounts {
  readonly retransmitted: (datagrams: number) => void;
  /** `garbled`: no TFTP; `stray`: belongs to no transfer; `mode`: neither octet nor netascii. */
  readonly malformed: (reason: "garbled" | "stray" | "mode") => void;
}

export interface TftpDoorOptions extends DoorOptions {
  /** Is this address in a listed network? Nobody else gets a single octet (`Networks` of inventory/network.ts). */
  readonly listed: (address: string) => boolean;
  /** Answer from the listening port (containers, NAT) instead of a port per transfer (RFC 1350). */
  readonly singlePort?: boolean;
  /** How much at a time, and how much to those who have not yet acknowledged anything. */
  readonly admission?: Partial<AdmissionLimits>;
  readonly counts?: TftpCounts;
  /** Without the system calls that Node does not offer, as on systems that lack them. */
  readonly plainSockets?: boolean;
}

export interface TftpDoor {
  /** `host` is an address. @throws EADDRINUSE, EACCES … as the kernel says it. */
  listen(where: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly address: string; readonly port: number }>;
  /** Transfers at this moment. */
  readonly active: number;
  /** Takes no new requests, lets transfers end, at most `within` ms (default 25,000). */
  close(within?: number): Promise<void>;
}

export function buildTftpDoor(options: TftpDoorOptions): TftpDoor {
  return new Door(options);
}

/**
 * RFC 1350 wants a new port per transfer, and a transfer is known by both ports. A few sockets taken in turn do that at a
 * fraction of the cost of a socket each: what one client port has at a time is one transfer.
 */
const transferSockets = 16;

/** One client port, and what it is served. `transfer` is absent while it waits and while the answer is made. */
interface Entry {
  readonly key: string;
  readonly wish: string;
  readonly socket: TftpSocket;
  readonly request: PhoneRequest;
  readonly peer: RemoteInfo;
  readonly packet: TftpRequest;
  readonly started: number;
  transfer?: TftpTransfer;
}

type FileAnswer = Extract<Answer, { outcome: "file" }>;

class Door implements TftpDoor {
  readonly #options: TftpDoorOptions;
  readonly #clock: DoorClock;
  readonly #admission: Admission;
  readonly #wheel: TimerWheel;
  readonly #entries = new Map<string, Entry>();
  #limit = new BlockLimit(undefined);
  #listener: TftpSocket | undefined;
  #pool: TftpSocket[] = [];
  #turn = 0;
  #closing: (() => void) | undefined;

  constructor(options: TftpDoorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemDoorClock;
    const mono = () => this.#clock.mono();
    this.#admission = new Admission({ ...usualAdmission, ...options.admission }, mono);
    this.#wheel = new TimerWheel(mono);
  }

  get active(): number {
    return this.#admission.active;
  }

  async listen(where: { host: string; port: number }): Promise<{ address: string; port: number }> {
    const native = this.#options.plainSockets === true ? undefined : await loadNativeUdp();
    this.#limit = new BlockLimit(native);
    const open = (port: number, onDatagram: OnDatagram) =>
      TftpSocket.open({ host: where.host, port }, native, onDatagram, this.#options.crash);
    const pooled = this.#options.singlePort === true ? 0 : transferSockets;
    for (let count = 0; count < pooled; count += 1) {
      const socket = await open(0, (bytes, peer) => this.#onTransfer(socket, bytes, peer));
      this.#pool.push(socket);
    }
    const listener = await open(where.port, (bytes, peer) => this.#onListener(bytes, peer));
    this.#listener = listener;
    if (pooled === 0) this.#pool = [listener];
    return listener.local;
  }

  async close(within = 25_000): Promise<void> {
    if (this.#listener === undefined) return;
    const idle = new Promise<void>((resolve) => (this.#closing = resolve));
    this.#admission.close();
    const patience = setTimeout(() => this.#abandonAll(), within);
    if (this.#entries.size > 0) await idle;
    clearTimeout(patience);
    await Promise.all([...new Set([this.#listener, ...this.#pool])].map((socket) => socket.close()));
    this.#listener = undefined;
    this.#pool = [];
  }

  #abandonAll(): void {
    for (const entry of this.#entries.values()) {
      if (entry.transfer === undefined) this.#forget(entry);
      else entry.transfer.abandon(408);
    }
  }

  #onListener(bytes: Buffer, peer: RemoteInfo): void {
    const address = plainAddress(peer.address);
    if (!this.#options.listed(address)) return;
    const packet = decodeTftp(bytes);
    if (!packet.ok) return this.#options.counts?.malformed("garbled");
    switch (packet.value.op) {
      case "rrq":
        return this.#onRead(packet.value, peer, address);
      case "wrq":
        return this.#refuseUnasked(peer, tftpErrors.accessViolation, "Access violation");
      case "data":
      case "ack":
      case "error":
      case "oack":
        if (this.#options.singlePort === true && this.#listener !== undefined)
          this.#onTransfer(this.#listener, bytes, peer);
        else this.#options.counts?.malformed("stray");
    }
  }

  #onTransfer(socket: TftpSocket, bytes: Buffer, peer: RemoteInfo): void {
    const entry = this.#entries.get(keyOf(peer));
    const transfer = entry?.socket === socket ? entry.transfer : undefined;
    const block = tryReadAck(bytes); // nearly all of what comes here
    if (block >= 0) {
      transfer?.acknowledge(block);
      return;
    }
    const packet = decodeTftp(bytes);
    if (transfer !== undefined) {
      if (packet.ok) transfer.receive(packet.value);
      else this.#options.counts?.malformed("garbled");
      return;
    }
    // RFC 1350 section 4. An ACK may be the last one come twice, which needs no answer; an ERROR never gets one.
    if (!packet.ok || packet.value.op !== "data" || !this.#options.listed(plainAddress(peer.address))) return;
    this.#options.counts?.malformed("stray");
    this.#refuseUnasked(peer, tftpErrors.unknownTransfer, "Unknown transfer ID", socket);
  }

  #onRead(packet: TftpRequest, peer: RemoteInfo, address: string): void {
    if (this.#closing !== undefined) return;
    const key = keyOf(peer);
    const wish = JSON.stringify(packet);
    const old = this.#entries.get(key);
    if (old?.wish === wish && old.transfer?.startsOver() !== true) return;
    const mode = tryParseTransferMode(packet.mode);
    if (mode === undefined) {
      this.#options.counts?.malformed("mode");
      return this.#refuseUnasked(peer, tftpErrors.illegalOperation, "Unknown mode");
    }
    old?.transfer?.abandon(499);
    const path = decodeAskedPath(packet.file);
    const request = readRequest(packet, path.ok ? path.value : {}, address, this.#clock.now());
    const started = this.#clock.mono();
    const entry: Entry = { key, wish, socket: this.#nextSocket(), request, peer, packet, started };
    this.#entries.set(key, entry);
    this.#admission.ask(
      address,
      () => {
        this.#serve(entry, mode, path.ok ? undefined : path.why).catch(this.#options.crash);
      },
      () => this.#forget(entry),
    );
  }

  async #serve(entry: Entry, mode: TransferMode, malformed: Parameters<typeof askAnswer>[2]): Promise<void> {
    const { request } = entry;
    const answer = this.#isCurrent(entry) ? await askAnswer(this.#options, request, malformed) : undefined;
    // The phone asks for something else by now, or we close.
    if (!this.#isCurrent(entry)) return this.#endUnsent(entry);
    if (answer?.outcome === "file") return this.#send(entry, answer, mode);
    // One error for unknown, denied, foreign and missing (operations.md section 10 rule 1).
    if (answer === undefined) this.#refuse(entry, tftpErrors.notDefined, "Server error");
    else this.#refuse(entry, tftpErrors.fileNotFound, "File not found");
    this.#endUnsent(entry);
    if (answer === undefined) return;
    const ms = this.#clock.mono() - entry.started;
    recordAnswer(this.#options, request, answer, { status: 404, bytes: 0, ms });
  }

  async #send(entry: Entry, answer: FileAnswer, mode: TransferMode): Promise<void> {
    const { request, packet, socket, peer } = entry;
    const opened = await openSource(answer, mode, () => this.#isCurrent(entry));
    if (opened === undefined || !this.#isCurrent(entry)) {
      opened?.close();
      if (this.#isCurrent(entry)) this.#refuse(entry, tftpErrors.notDefined, "Try again later");
      return this.#endUnsent(entry);
    }
    const { source, close } = opened;
    const limits = this.#limit.of(request.address, this.#clock.mono());
    const first = startSend({ size: source.size, options: packet.options, limits }, this.#clock.mono());
    entry.transfer = new TftpTransfer(first, {
      socket,
      to: socket.destination(peer),
      source,
      wheel: this.#wheel,
      mono: () => this.#clock.mono(),
      crash: this.#options.crash,
      onProven: () => this.#admission.proven(request.address),
      onEnd: ({ status, bytes, retransmissions }) => {
        close();
        this.#forget(entry);
        this.#admission.end(request.address);
        if (retransmissions > 0) this.#options.counts?.retransmitted(retransmissions);
        const ms = this.#clock.mono() - entry.started;
        recordAnswer(this.#options, request, answer, { status, bytes, ms });
      },
    });
  }

  #isCurrent(entry: Entry): boolean {
    return this.#entries.get(entry.key) === entry;
  }

  /** No file goes out: its token and its place are free again. */
  #endUnsent(entry: Entry): void {
    this.#forget(entry);
    this.#admission.proven(entry.request.address);
    this.#admission.end(entry.request.address);
  }

  #forget(entry: Entry): void {
    if (this.#isCurrent(entry)) this.#entries.delete(entry.key);
    if (this.#entries.size === 0) this.#closing?.();
  }

  #nextSocket(): TftpSocket {
    const socket = this.#pool[this.#turn % this.#pool.length];
    this.#turn += 1;
    if (socket === undefined) throw new Error("the TFTP door is not open");
    return socket;
  }

  #refuse(entry: Entry, code: number, message: string): void {
    sendError(entry.socket, entry.peer, code, message);
  }

  /** To somebody who asked for no file: it may be forged, so there is not one for each. */
  #refuseUnasked(peer: RemoteInfo, code: number, message: string, socket = this.#nextSocket()): void {
    if (this.#admission.spares(plainAddress(peer.address))) sendError(socket, peer, code, message);
  }
}

function sendError(socket: TftpSocket, peer: RemoteInfo, code: number, message: string): void {
  const bytes = encodeTftp({ op: "error", code, message });
  socket.send(bytes, bytes.length, socket.destination(peer));
}

function keyOf(peer: RemoteInfo): string {
  return `${peer.address}|${peer.port}`;
}

function readRequest(
  packet: TftpRequest,
  asked: { path?: string; token?: NonNullable<Parameters<typeof chooseCredential>[0]["token"]> },
  address: string,
  at: number,
): PhoneRequest {
  const credential = chooseCredential(asked.token === undefined ? {} : { token: asked.token });
  return {
    id: uuidV7(at),
    via: "tftp",
    method: "RRQ",
    path: asked.path ?? printRefusedPath(packet.file),
    address,
    at,
    ...(credential === undefined ? {} : { credential }),
  };
}
