import type { Mismatch } from "../../../protocol/decoded.ts";
import { decodeSip, type ReceivedSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import type { SipMessage } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { emptyStream, stepStream } from "../../../protocol/sip/stream-framing.ts";
import type { AgentIo } from "../io.ts";
import type { StreamSocket } from "../stream/stream.ts";
import type { TlsFacts } from "../tls/tls-facts.ts";
import type { UdpSocket } from "../udp/udp.ts";

export interface SipTarget {
  readonly transport: SipTransport;
  readonly address: string;
  readonly port: number;
  /** SNI of TLS: the SIP domain, not the target of an SRV record (RFC 5922). */
  readonly serverName: string;
  /** For connecting, ms. */
  readonly timeout: number;
  /** Our end, where it is not the kernel's to choose; the port over UDP alone. */
  readonly localAddress?: string;
  readonly localPort?: number;
}

export type SipChannelEvent =
  | { readonly kind: "message"; readonly received: ReceivedSip; readonly at: number }
  /** Something that is no SIP at all. */
  | { readonly kind: "garbled"; readonly why: Mismatch; readonly bytes: Uint8Array; readonly at: number }
  /** ICMP, reset, or (without an error) closed by the peer. */
  | { readonly kind: "failed"; readonly error?: NodeJS.ErrnoException; readonly at: number };

/** One way to one peer, whatever the transport; what it hears waits in order until it is taken. */
export interface SipChannel extends AsyncDisposable {
  readonly transport: SipTransport;
  readonly local: { readonly address: string; readonly port: number };
  readonly tls?: TlsFacts;
  /** @throws NodeJS.ErrnoException as the kernel says it. */
  send(message: SipMessage): Promise<void>;
  /** The next event; undefined when none came within `ms`. @throws the signal's reason. */
  next(ms: number, signal: AbortSignal): Promise<SipChannelEvent | undefined>;
}

/** Opens a channel. @throws NodeJS.ErrnoException when connecting fails. */
export async function openSipChannel(
  io: Pick<AgentIo, "openUdp" | "openStream" | "clock">,
  target: SipTarget,
  signal: AbortSignal,
): Promise<SipChannel> {
  const events = new EventQueue();
  const { transport, address, port, localAddress, localPort } = target;
  const from = localAddress === undefined ? {} : { localAddress };
  if (transport === "udp") {
    const own = localPort === undefined ? from : { ...from, localPort };
    const socket = await io.openUdp({ ...own, peer: { address, port } });
    socket.listen(
      ({ bytes, at }) => events.push(datagramEvent(bytes, at)),
      (error) => events.push({ kind: "failed", error, at: io.clock.mono() }),
    );
    return new OpenChannel(target, socket, events, (bytes) => socket.send(bytes, port, address));
  }
  const tls = transport === "tls" ? { tls: { serverName: target.serverName } } : {};
  const stream = await io.openStream({ address, port, timeout: target.timeout, ...tls, ...from }, signal);
  listenToStream(stream, events, () => io.clock.mono());
  return new OpenChannel(target, stream, events, (bytes) => stream.send(bytes));
}

function datagramEvent(bytes: Uint8Array, at: number): SipChannelEvent {
  const received = decodeSip(bytes);
  return received.ok
    ? { kind: "message", received: received.value, at }
    : { kind: "garbled", why: received.why, bytes, at };
}

function listenToStream(stream: StreamSocket, events: EventQueue, mono: () => number): void {
  let state = emptyStream;
  stream.listen(
    (bytes) => {
      const at = mono();
      const step = stepStream(state, bytes);
      state = step.state;
      for (const piece of step.pieces) {
        if (piece.kind === "message") events.push({ kind: "message", received: piece.received, at });
        // The peer's ping wants a CR LF back (RFC 5626 3.5.1); if that fails, the end of the stream says so.
        else if (piece.kind === "ping") stream.send(Buffer.from("\r\n")).catch(() => undefined);
        else if (piece.kind === "broken") events.push({ kind: "garbled", why: piece.why, bytes, at });
      }
    },
    (error) => events.push({ kind: "failed", ...(error === undefined ? {} : { error }), at: mono() }),
  );
}

class EventQueue {
  readonly #waiting: SipChannelEvent[] = [];
  #wake: (() => void) | undefined;
  #followed: AbortSignal | undefined;
  readonly #onAbort = () => this.#wake?.();

  push(event: SipChannelEvent): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  async next(ms: number, signal: AbortSignal): Promise<SipChannelEvent | undefined> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0) await this.#wait(ms, signal);
    signal.throwIfAborted();
    return this.#waiting.shift();
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#follow(signal);
    await new Promise<void>((resolve) => {
      // setTimeout takes 31 bits; whoever waits longer comes back and asks again.
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
    this.#wake = undefined;
  }

  /** One listener for all waits under the same signal: a probe waits thousands of times under one. */
  #follow(signal: AbortSignal | undefined): void {
    if (signal === this.#followed) return;
    this.#followed?.removeEventListener("abort", this.#onAbort);
    signal?.addEventListener("abort", this.#onAbort);
    this.#followed = signal;
  }

  /** Lets go of the signal, unless somebody still waits under it. */
  close(): void {
    if (this.#wake === undefined) this.#follow(undefined);
  }
}

class OpenChannel implements SipChannel {
  readonly transport: SipTransport;
  readonly local: { readonly address: string; readonly port: number };
  readonly tls?: TlsFacts;
  readonly #socket: UdpSocket | StreamSocket;
  readonly #events: EventQueue;
  readonly #sendBytes: (bytes: Uint8Array) => Promise<void>;

  constructor(
    target: SipTarget,
    socket: UdpSocket | StreamSocket,
    events: EventQueue,
    sendBytes: (bytes: Uint8Array) => Promise<void>,
  ) {
    this.transport = target.transport;
    this.local = { address: socket.localAddress, port: socket.localPort };
    if ("tls" in socket && socket.tls !== undefined) this.tls = socket.tls;
    this.#socket = socket;
    this.#events = events;
    this.#sendBytes = sendBytes;
  }

  send(message: SipMessage): Promise<void> {
    return this.#sendBytes(encodeSip(message));
  }

  next(ms: number, signal: AbortSignal): Promise<SipChannelEvent | undefined> {
    return this.#events.next(ms, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#events.close();
    await this.#socket[Symbol.asyncDispose]();
  }
}
