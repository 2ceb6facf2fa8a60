import { randomInt } from "node:crypto";
import type { Socket } from "node:dgram";
import { Session, type Packet } from "snmp-native";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import type { CommunityTarget, SnmpDropped, SnmpFailure, SnmpReply, SnmpRequest } from "./ask.ts";
import { canonicalAddress } from "./canonical-address.ts";
import { decodeSnmpMessage, type SnmpMessage } from "./message.ts";

// What snmp-native has and its types leave out.
declare module "snmp-native" {
  interface Session {
    readonly socket: Socket | undefined;
    readonly reqs: Record<number, { timeout?: NodeJS.Timeout } | undefined>;
    requestId(): number;
    sendMsg(
      packet: Packet,
      options: { host: string; port: number; timeouts: number[] },
      callback: (error: NodeJS.ErrnoException | null) => void,
    ): void;
  }
}

interface Pending {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly version: number;
  readonly community: Uint8Array;
  /** Why datagrams from that very agent were dropped: told when nothing better comes. */
  dropped?: string;
  answer(reply: SnmpReply): void;
}

const pduTypes = { get: 0, "get-next": 1, set: 3, "get-bulk": 5 } as const;
const types = { integer: 2, null: 5 } as const;
const response = 2;
const nothing = Buffer.alloc(0);
/** With the default of about 208 KiB, a hundred switches answering at once lose replies, each a full timeout. */
const receiveBuffer = 4 << 20;

function packetFor(target: CommunityTarget, request: SnmpRequest): Packet {
  const bulk = request.type === "get-bulk";
  return {
    version: target.version === "1" ? 0 : 1,
    community: target.community.reveal(),
    pdu: {
      type: pduTypes[request.type],
      reqid: 0, // sendMsg sets it
      error: 0, // GETBULK: non-repeaters
      errorIndex: bulk ? (request.repetitions ?? 10) : 0, // GETBULK: max-repetitions
      varbinds: request.oids.map((oid, i) => ({
        oid: [...oid],
        type: request.integers === undefined ? types.null : types.integer,
        value: request.integers?.[i] ?? null,
        valueRaw: nothing,
        receiveStamp: 0,
        sendStamp: 0,
      })),
    },
  };
}

/**
 * snmp-native's socket, encoder and retransmission, with its receiving half replaced: an answer counts only when its
 * request id is pending and address, port, PDU type, version and community are those asked. One socket serves all targets.
 */
export class SnmpSession {
  readonly #dropped: SnmpDropped;
  readonly #pending = new Map<number, Pending>();
  readonly #session: Session;

  private constructor(family: "udp4" | "udp6", dropped: SnmpDropped) {
    this.#dropped = dropped;
    this.#session = new Session({
      family,
      msgReceived: (bytes, from) => this.#receive(bytes, from.address, from.port),
    });
    // The library's own ids come from the clock: easy to guess, and for some seconds in every 35 minutes
    // negative ones that it encodes wrongly, so that no answer matches.
    this.#session.requestId = () => this.#freshId();
  }

  static async open(family: "udp4" | "udp6", dropped: SnmpDropped): Promise<SnmpSession> {
    const session = new SnmpSession(family, dropped);
    const { socket } = session.#session;
    if (socket === undefined) throw new Error("snmp-native opened no socket");
    await new Promise<void>((resolve, reject) => {
      socket.once("listening", resolve);
      socket.once("error", reject);
    });
    socket.setRecvBufferSize(receiveBuffer);
    return session;
  }

  /** Sends, waits, sends again by `target.timeouts`. @throws the signal's reason when it ends the wait. */
  async ask(target: CommunityTarget, request: SnmpRequest, signal: AbortSignal): Promise<SnmpReply> {
    signal.throwIfAborted();
    const packet = packetFor(target, request);
    let forget = () => {};
    try {
      return await new Promise<SnmpReply>((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        const id = this.#send(packet, target, resolve);
        forget = () => {
          signal.removeEventListener("abort", onAbort);
          this.#forget(id);
        };
      });
    } finally {
      forget();
    }
  }

  close(): void {
    const { socket } = this.#session;
    if (socket === undefined) return;
    for (const [id, pending] of this.#pending) {
      this.#forget(id);
      pending.answer({ ok: false, failure: { outcome: "unreachable", why: "the socket was closed" } });
    }
    this.#session.close();
  }

  #freshId(): number {
    let id = randomInt(1, 2 ** 31 - 1);
    while (this.#pending.has(id)) id = randomInt(1, 2 ** 31 - 1);
    return id;
  }

  #send(packet: Packet, target: CommunityTarget, resolve: (reply: SnmpReply) => void): number {
    const pending: Pending = {
      addresses: [target.host, ...(target.answersFrom ?? [])].map(canonicalAddress),
      port: target.port,
      version: packet.version,
      community: Buffer.from(packet.community),
      answer: resolve,
    };
    const options = { host: target.host, port: target.port, timeouts: [...target.timeouts] };
    this.#session.sendMsg(packet, options, (error) => {
      if (error !== null) resolve({ ok: false, failure: failureOf(error, pending) });
    });
    this.#pending.set(packet.pdu.reqid, pending);
    return packet.pdu.reqid;
  }

  #forget(id: number): void {
    clearTimeout(this.#session.reqs[id]?.timeout);
    delete this.#session.reqs[id];
    this.#pending.delete(id);
  }

  #receive(bytes: Uint8Array, address: string, port: number): void {
    const message = decodeSnmpMessage(bytes);
    if (!message.ok) {
      this.#dropped.garbled += 1;
      this.#note(address, port, mismatchSentence(message.why));
      return;
    }
    const { requestId } = message.value;
    const pending = this.#pending.get(requestId);
    const stray =
      pending === undefined ? "another request id" : strayReason(pending, message.value, address, port);
    if (pending === undefined || stray !== undefined) {
      this.#dropped.stray += 1;
      this.#note(address, port, `an answer with ${stray}`);
      return;
    }
    this.#forget(requestId);
    // On a turn of its own, so that no caller unwinds into the socket.
    setImmediate(() => pending.answer({ ok: true, pdu: message.value }));
  }

  #note(address: string, port: number, why: string): void {
    for (const pending of this.#pending.values()) {
      if (pending.addresses.includes(address) && pending.port === port) pending.dropped = why;
    }
  }
}

function strayReason(
  pending: Pending,
  message: SnmpMessage,
  address: string,
  port: number,
): string | undefined {
  if (!pending.addresses.includes(address) || port !== pending.port) return "another source";
  if (message.type !== response) return `PDU type ${message.type}`;
  if (message.version !== pending.version) return `version ${message.version}`;
  return Buffer.compare(message.community, pending.community) === 0 ? undefined : "another community";
}

function failureOf(error: NodeJS.ErrnoException, pending: Pending): SnmpFailure {
  if (error.message !== "Timeout") return { outcome: "unreachable", why: error.message };
  if (pending.dropped === undefined) return { outcome: "timeout", why: "no answer" };
  return { outcome: "garbled", why: `no usable answer; dropped ${pending.dropped}` };
}
