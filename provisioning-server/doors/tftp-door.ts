import type { RemoteInfo, Socket } from "node:dgram";
import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { decodeTftp, encodeTftp, tftpErrors, type TftpRequest } from "../../protocol/tftp/packet.ts";
import { startSend, tryParseTransferMode, type TransferMode } from "../../protocol/tftp/send-transfer.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { decodeAskedPath, printRefusedPath } from "./asked-path.ts";
import { chooseCredential } from "./credential.ts";
import { askAnswer, type DoorClock, type DoorOptions, recordAnswer, systemDoorClock } from "./door.ts";
import { plainAddress } from "./plain-address.ts";
import { closeUdpSocket, openUdpSocket } from "./tftp-sockets.ts";
import { TftpTransfer } from "./tftp-transfer.ts";
import { UnprovenLimit, type UnprovenRates } from "./unproven-limit.ts";

export interface TftpDoorOptions extends DoorOptions {
  /** Is this address in a listed network? Nobody else gets a single octet (`Networks` of inventory/network.ts). */
  readonly listed: (address: string) => boolean;
  /** Answer from the listening port (containers, NAT) instead of a port per transfer (RFC 1350). */
  readonly singlePort?: boolean;
  /** How many transfers may be begun to those who have not yet acknowledged anything. */
  readonly unproven?: UnprovenRates;
}

export interface TftpDoor {
  /** `host` is an address. @throws EADDRINUSE, EACCES … as the kernel says it. */
  listen(where: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly address: string; readonly port: number }>;
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
const mostTransfers = 20_000;

/** One client port, and what it is served. `transfer` is absent while the answer is made. */
interface Entry {
  readonly wish: string;
  readonly socket: Socket;
  transfer?: TftpTransfer;
}

interface Asked {
  readonly request: PhoneRequest;
  readonly mode: TransferMode;
  readonly packet: TftpRequest;
  readonly peer: RemoteInfo;
  readonly started: number;
}

class Door implements TftpDoor {
  readonly #options: TftpDoorOptions;
  readonly #clock: DoorClock;
  readonly #limit: UnprovenLimit;
  readonly #entries = new Map<string, Entry>();
  #listener: Socket | undefined;
  #pool: Socket[] = [];
  #turn = 0;
  #closing: (() => void) | undefined;

  constructor(options: TftpDoorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemDoorClock;
    this.#limit = new UnprovenLimit(options.unproven);
  }

  async listen(where: { host: string; port: number }): Promise<{ address: string; port: number }> {
    const { crash } = this.#options;
    const pooled = this.#options.singlePort === true ? 0 : transferSockets;
    for (let count = 0; count < pooled; count += 1) {
      const at = { host: where.host, port: 0 };
      const socket = await openUdpSocket(at, (bytes, peer) => this.#onTransfer(socket, bytes, peer), crash);
      this.#pool.push(socket);
    }
    const listener = await openUdpSocket(where, (bytes, peer) => this.#onListener(bytes, peer), crash);
    this.#listener = listener;
    if (pooled === 0) this.#pool = [listener];
    const { address, port } = listener.address();
    return { address, port };
  }

  async close(within = 25_000): Promise<void> {
    if (this.#listener === undefined) return;
    const idle = new Promise<void>((resolve) => (this.#closing = resolve));
    const patience = setTimeout(() => this.#abandonAll(), within);
    if (this.#entries.size > 0) await idle;
    clearTimeout(patience);
    await Promise.all([...new Set([this.#listener, ...this.#pool])].map(closeUdpSocket));
    this.#listener = undefined;
    this.#pool = [];
  }

  #abandonAll(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.transfer === undefined) this.#forget(key, entry);
      else entry.transfer.abandon(408);
    }
  }

  #onListener(bytes: Uint8Array, peer: RemoteInfo): void {
    if (!this.#options.listed(plainAddress(peer.address))) return;
    const packet = decodeTftp(bytes);
    if (!packet.ok) return;
    switch (packet.value.op) {
      case "rrq":
        return this.#onRead(packet.value, peer);
      case "wrq":
        return this.#refuse(this.#nextSocket(), peer, tftpErrors.accessViolation, "Access violation");
      case "data":
      case "ack":
      case "error":
      case "oack":
        if (this.#options.singlePort === true && this.#listener !== undefined)
          this.#onTransfer(this.#listener, bytes, peer);
    }
  }

  #onTransfer(socket: Socket, bytes: Uint8Array, peer: RemoteInfo): void {
    const packet = decodeTftp(bytes);
    if (!packet.ok) return;
    const entry = this.#entries.get(keyOf(peer));
    if (entry?.transfer !== undefined && entry.socket === socket) entry.transfer.receive(packet.value);
    // RFC 1350 section 4. An ACK may be the last one come twice, which needs no answer; an ERROR never gets one.
    else if (packet.value.op === "data" && this.#options.listed(plainAddress(peer.address)))
      this.#refuse(socket, peer, tftpErrors.unknownTransfer, "Unknown transfer ID");
  }

  #onRead(packet: TftpRequest, peer: RemoteInfo): void {
    if (this.#closing !== undefined) return;
    const key = keyOf(peer);
    const wish = JSON.stringify(packet);
    const old = this.#entries.get(key);
    if (old?.wish === wish && old.transfer?.startsOver() !== true) return;
    if (this.#entries.size >= mostTransfers) return;
    old?.transfer?.abandon(499);
    const mode = tryParseTransferMode(packet.mode);
    const socket = this.#nextSocket();
    if (mode === undefined) return this.#refuse(socket, peer, tftpErrors.illegalOperation, "Unknown mode");
    const entry: Entry = { wish, socket };
    this.#entries.set(key, entry);
    this.#serve(key, entry, mode, packet, peer).catch(this.#options.crash);
  }

  async #serve(
    key: string,
    entry: Entry,
    mode: TransferMode,
    packet: TftpRequest,
    peer: RemoteInfo,
  ): Promise<void> {
    const started = this.#clock.mono();
    const path = decodeAskedPath(packet.file);
    const request = readRequest(packet, path.ok ? path.value : {}, peer, this.#clock.now());
    const answer = await askAnswer(this.#options, request, path.ok ? undefined : path.why);
    if (this.#entries.get(key) !== entry) return; // the phone asks for something else by now, or we close
    if (answer?.outcome === "file")
      return this.#send(key, entry, answer, { request, mode, packet, peer, started });
    this.#forget(key, entry);
    if (answer === undefined) return this.#refuse(entry.socket, peer, tftpErrors.notDefined, "Server error");
    // One error for unknown, denied, foreign and missing (operations.md section 10 rule 1).
    this.#refuse(entry.socket, peer, tftpErrors.fileNotFound, "File not found");
    const ms = this.#clock.mono() - started;
    recordAnswer(this.#options, request, answer, { status: 404, bytes: 0, ms });
  }

  #send(key: string, entry: Entry, answer: Extract<Answer, { outcome: "file" }>, asked: Asked): void {
    const { request, peer, packet, mode, started } = asked;
    if (!this.#limit.take(request.address, this.#clock.mono())) return this.#forget(key, entry);
    const offer = { body: answer.file.body, mode, options: packet.options };
    entry.transfer = new TftpTransfer(startSend(offer, this.#clock.mono()), {
      send: (bytes) => entry.socket.send(bytes, peer.port, peer.address, ignoreUnreachable),
      mono: () => this.#clock.mono(),
      onProven: () => this.#limit.giveBack(request.address, this.#clock.mono()),
      onEnd: ({ status, bytes }) => {
        this.#forget(key, entry);
        const ms = this.#clock.mono() - started;
        recordAnswer(this.#options, request, answer, { status, bytes, ms });
      },
    });
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    if (this.#entries.size === 0) this.#closing?.();
  }

  #nextSocket(): Socket {
    const socket = this.#pool[this.#turn % this.#pool.length];
    this.#turn += 1;
    if (socket === undefined) throw new Error("the TFTP door is not open");
    return socket;
  }

  #refuse(socket: Socket, peer: RemoteInfo, code: number, message: string): void {
    socket.send(encodeTftp({ op: "error", code, message }), peer.port, peer.address, ignoreUnreachable);
  }
}

/** A datagram that cannot leave is a datagram lost: the transfer's own timer deals with it. */
function ignoreUnreachable(): void {}

function keyOf(peer: RemoteInfo): string {
  return `${peer.address}|${peer.port}`;
}

function readRequest(
  packet: TftpRequest,
  asked: { path?: string; token?: NonNullable<Parameters<typeof chooseCredential>[0]["token"]> },
  peer: RemoteInfo,
  at: number,
): PhoneRequest {
  const credential = chooseCredential(asked.token === undefined ? {} : { token: asked.token });
  return {
    id: uuidV7(at),
    via: "tftp",
    method: "RRQ",
    path: asked.path ?? printRefusedPath(packet.file),
    address: plainAddress(peer.address),
    at,
    ...(credential === undefined ? {} : { credential }),
  };
}
