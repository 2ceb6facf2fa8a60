import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";

/** Of a handshake, more than any has. */
const longest = 65_536;

/** A TCP connection for TLS to run on, which keeps what the server said first. */
export class ListenedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #heard: Buffer[] = [];
  #length = 0;

  constructor(to: { readonly host: string; readonly port: number }) {
    super();
    this.#socket = connect(to);
    this.#socket
      .on("data", (bytes: Buffer) => this.#hear(bytes))
      .on("end", () => this.push(null))
      .on("error", (error) => this.destroy(error))
      .on("close", () => this.destroy());
  }

  /** The server's first octets. */
  get heard(): Uint8Array {
    return Buffer.concat(this.#heard);
  }

  #hear(bytes: Buffer): void {
    if (this.#length < longest) this.#heard.push(bytes);
    this.#length += bytes.length;
    if (!this.push(bytes)) this.#socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
