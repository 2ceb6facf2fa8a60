import { setTimeout as sleep } from "node:timers/promises";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { LoadMeter } from "./load-meter.ts";

export interface HttpsServer {
  readonly address: string;
  readonly port: number;
  readonly ca: string;
}

/** What one phone asks on one connection, in order; `size` undefined: a file that is not there. */
export interface Boot {
  readonly asks: readonly { readonly path: string; readonly size?: number }[];
}

export interface BootsCame {
  readonly boots: number;
  readonly failed: number;
  readonly seconds: number;
  readonly loadBusy: number;
}

/** Keeps `atOnce` boots going for `ms`: each a new connection with a full handshake, from an address of its own. */
export async function loadBoots(
  server: HttpsServer,
  boots: readonly Boot[],
  atOnce: number,
  ms: number,
  signal: AbortSignal,
): Promise<BootsCame> {
  const secureContext = createSecureContext({ ca: server.ca });
  const came = { boots: 0, failed: 0 };
  const open = new Set<TLSSocket>();
  let next = 0;
  let wrong: Error | undefined;
  let over = false;
  const begin = () => {
    const boot = boots[next % boots.length];
    const localAddress = `127.2.${(next >> 7) & 127}.${1 + (next & 127)}`;
    next += 1;
    if (boot === undefined) throw new Error("no boots to make");
    const socket = startBoot(server, { boot, secureContext, localAddress }, (error) => {
      if (error instanceof WrongAnswer) wrong ??= error;
      came[error === undefined ? "boots" : "failed"] += 1;
    });
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      if (!over && wrong === undefined) begin();
    });
  };
  const meter = new LoadMeter();
  for (let count = 0; count < atOnce; count += 1) begin();
  // Whoever runs the rounds looks at the signal.
  await sleep(ms, undefined, { signal }).catch(() => {});
  const result = { ...came, ...meter.read() };
  over = true;
  for (const socket of open) socket.destroy();
  if (wrong !== undefined) throw wrong;
  return result;
}

class WrongAnswer extends Error {}

/** `done` is called once: when the last answer is whole, or with what went wrong. */
function startBoot(
  server: HttpsServer,
  { boot, secureContext, localAddress }: { boot: Boot; secureContext: SecureContext; localAddress: string },
  done: (error?: Error) => void,
): TLSSocket {
  const { address: host, port } = server;
  const where = { host, port, secureContext, localAddress, servername: "localhost" };
  const socket = connect(where);
  let at = 0;
  let over = false;
  const finish = (error?: Error) => {
    if (over) return;
    over = true;
    done(error);
    socket.end();
  };
  const ask = () => {
    const path = boot.asks[at]?.path;
    if (path === undefined) return finish();
    socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agent}\r\n\r\n`);
  };
  const answer = new AnswerReader((status, size) => {
    const wanted = boot.asks[at]?.size;
    const fits = wanted === undefined ? status === 404 : status === 200 && size === wanted;
    if (!fits) return finish(new WrongAnswer(`${boot.asks[at]?.path}: ${status}, ${size} octets`));
    at += 1;
    ask();
  });
  socket.setNoDelay(true);
  socket.once("secureConnect", ask);
  socket.on("data", (bytes) => answer.take(bytes));
  socket.once("error", finish);
  socket.once("close", () => finish(new Error("closed before the last answer")));
  return socket;
}

const agent = "Yealink SIP-T46U 108.86.0.20";

/** Answers with a Content-Length, one after the other: all that these servers send. */
class AnswerReader {
  readonly #onAnswer: (status: number, size: number) => void;
  #head = "";
  #status = 0;
  #size = 0;
  #missing = -1;

  constructor(onAnswer: (status: number, size: number) => void) {
    this.#onAnswer = onAnswer;
  }

  take(bytes: Buffer): void {
    let body = bytes.length;
    if (this.#missing < 0) {
      this.#head += bytes.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      this.#size = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1] ?? Number.NaN);
      this.#missing = this.#size;
      body = this.#head.length - end - 4;
    }
    this.#missing -= body;
    if (this.#missing > 0) return;
    this.#head = "";
    this.#missing = -1;
    this.#onAnswer(this.#status, this.#size);
  }
}
