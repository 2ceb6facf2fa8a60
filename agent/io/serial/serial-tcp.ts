import { connect, type Socket } from "node:net";
import { SerialError, type OpenSerial, type SerialLink } from "./serial.ts";

// A serial port behind a terminal server that gives its octets raw over TCP (Moxa NPort, ser2net): the same shape as a port
// of this machine. Speed, parity and modem lines are set at the server; the raw mode has no words for them (RFC 2217 has).

const form = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})\/?$/;

/** Is this a port behind a terminal server? */
export function isTcpPort(path: string): boolean {
  return /^tcp:/i.test(path);
}

const connectTime = 5000;
/** Held for the first listener. */
const mostHeld = 4096;

const advice = {
  refused: "the terminal server refuses: check the TCP port, and that no other client has its serial port",
  silent: "nothing answers there: check address, network and power of the terminal server",
  closed: "the terminal server closed the connection: its idle time, a second client, or its network",
} as const;

/** @throws SerialError `bad-settings`, `port-missing`, `port-in-use`. */
export const openTcpSerial: OpenSerial = async ({ path }) => {
  const found = form.exec(path);
  const port = Number(found?.[3]);
  if (found === null || port < 1 || port > 65_535)
    throw new SerialError("bad-settings", `${path} is no tcp://HOST:PORT`, {
      advice: "write tcp://192.0.2.7:4001",
    });
  return new TcpLink(await connected(found[1] ?? found[2] ?? "", port));
};

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const fail = (code: "port-missing" | "port-in-use", why: string, next: string) => {
      socket.destroy();
      reject(new SerialError(code, `tcp://${host}:${port}: ${why}`, { advice: next }));
    };
    const late = setTimeout(
      () => fail("port-missing", "no connection within 5 s", advice.silent),
      connectTime,
    );
    socket.once("connect", () => {
      clearTimeout(late);
      resolve(socket);
    });
    // Also what comes after the connection: without a listener an error ends the process.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      if (error.code === "ECONNREFUSED") fail("port-in-use", error.message, advice.refused);
      else fail("port-missing", error.message, advice.silent);
    });
  });
}

class TcpLink implements SerialLink {
  readonly #socket: Socket;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #onClose: ((problem: SerialError) => void) | undefined;
  #problem: SerialError | undefined;
  #disposing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    // A server that went away without a word is noticed at last.
    socket.setKeepAlive(true, 10_000);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#closed(error.message));
    socket.on("close", () => this.#closed("the connection was closed"));
  }

  #take(chunk: Uint8Array): void {
    if (this.#onBytes !== undefined) this.#onBytes(chunk);
    else {
      const part = chunk.subarray(0, mostHeld - this.#heldBytes);
      this.#held.push(part);
      this.#heldBytes += part.length;
    }
  }

  #closed(why: string): void {
    if (this.#disposing || this.#problem !== undefined) return;
    this.#problem = new SerialError("port-unplugged", why, { advice: advice.closed });
    this.#onClose?.(this.#problem);
  }

  listen(onBytes: (bytes: Uint8Array) => void, onClose: (problem: SerialError) => void): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    for (const chunk of this.#held.splice(0)) onBytes(chunk);
    this.#heldBytes = 0;
    if (this.#problem !== undefined) onClose(this.#problem);
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#problem !== undefined || this.#disposing)
        reject(this.#problem ?? new SerialError("port-unplugged", "the port is closed"));
      else
        this.#socket.write(bytes, (error) =>
          error
            ? reject(new SerialError("port-unplugged", error.message, { advice: advice.closed }))
            : resolve(),
        );
    });
  }

  /** Raw TCP has no words for modem lines: the server sets them. */
  async setLines(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", () => resolve());
      this.#socket.destroy();
    });
  }
}
