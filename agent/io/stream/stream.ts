import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { tlsFacts, type TlsFacts } from "../tls/tls-facts.ts";

export type { TlsFacts } from "../tls/tls-facts.ts";

export interface StreamSocket extends AsyncDisposable {
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls?: TlsFacts;
  send(bytes: Uint8Array): Promise<void>;
  /** `onEnd` is called once: the peer closed, or the connection failed. */
  listen(onBytes: (bytes: Uint8Array) => void, onEnd: (error?: NodeJS.ErrnoException) => void): void;
}

export interface StreamOptions {
  readonly address: string;
  readonly port: number;
  /** TLS with this server name (SNI); absent: plain TCP. */
  readonly tls?: { readonly serverName: string };
  /** For connecting, with the TLS handshake, ms. */
  readonly timeout: number;
  /** Our address, where it is not the kernel's to choose. */
  readonly localAddress?: string;
}

/** @throws NodeJS.ErrnoException ECONNREFUSED, ETIMEDOUT … as the kernel says it. */
export type OpenStream = (options: StreamOptions, signal: AbortSignal) => Promise<StreamSocket>;

/**
 * Connects by TCP, or TLS with verification off: the verdict stands in `tls`, and a bad certificate still yields its data.
 * @throws NodeJS.ErrnoException ECONNREFUSED, ETIMEDOUT, EPROTO …; the signal's reason when it ends the wait.
 */
export const openStream: OpenStream = (options, signal) => {
  signal.throwIfAborted();
  const socket = connect(options);
  let connected = false;
  socket.once("connect", () => (connected = true));
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose);
      then();
    };
    const fail = (error: Error): void => {
      settle(() => {
        // A late error of a dying socket has no listener any more and would end the process.
        socket.on("error", () => undefined);
        socket.destroy();
        reject(error);
      });
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(errnoError("ECONNRESET", "closed during the handshake"));
    const timer = setTimeout(() => {
      fail(lateError(options, connected));
    }, options.timeout);
    signal.addEventListener("abort", onAbort);
    socket.once("error", onError).once("close", onClose);
    socket.once(options.tls === undefined ? "connect" : "secureConnect", () => {
      settle(() => resolve(new NodeStreamSocket(socket)));
    });
  });
};

function connect({ address, port, tls, localAddress }: StreamOptions): Socket {
  const from = localAddress === undefined ? {} : { localAddress };
  if (tls === undefined) return connectTcp({ host: address, port, noDelay: true, ...from });
  return connectTls({
    host: address,
    port,
    ...from,
    // RFC 6066 3: an address is no server name.
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    rejectUnauthorized: false,
    // Names are compared by who asks (SIP has rules of its own, RFC 5922); the verdict here is the chain's alone.
    checkServerIdentity: () => undefined,
    // Old phones' servers must still be seen, so that the finding can name the version.
    minVersion: "TLSv1",
  });
}

/** Code of a port that takes the connection, and of which nothing of TLS came in time. */
export const silentTls = "EPROTO";

/** Somebody who takes the connection and says nothing of TLS is there: that is no silence of the host. */
function lateError({ timeout, tls }: StreamOptions, connected: boolean): NodeJS.ErrnoException {
  if (tls === undefined || !connected) return errnoError("ETIMEDOUT", `no connection within ${timeout} ms`);
  return errnoError(
    silentTls,
    `TCP connects, and nothing of TLS came within ${timeout} ms: the port speaks no TLS, or its server is stuck`,
  );
}

function errnoError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

class NodeStreamSocket implements StreamSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls?: TlsFacts;
  readonly #socket: Socket;
  #end: { error?: NodeJS.ErrnoException } | undefined;
  #onEnd: ((error?: NodeJS.ErrnoException) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.localAddress = socket.localAddress ?? "";
    this.localPort = socket.localPort ?? 0;
    if (socket instanceof TLSSocket) this.tls = tlsFacts(socket);
    socket.on("error", (error) => this.#ended({ error }));
    socket.on("end", () => this.#ended({}));
    socket.on("close", () => this.#ended({}));
  }

  #ended(end: { error?: NodeJS.ErrnoException }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onEnd?.(end.error);
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  listen(onBytes: (bytes: Uint8Array) => void, onEnd: (error?: NodeJS.ErrnoException) => void): void {
    // Until here the socket stands still, so nothing that came early is lost.
    this.#socket.on("data", onBytes);
    this.#onEnd = onEnd;
    if (this.#end !== undefined) onEnd(this.#end.error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.destroy();
    });
  }
}
