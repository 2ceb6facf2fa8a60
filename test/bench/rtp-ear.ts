import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import type { Run } from "./compare.ts";
import { startOwnProcess } from "./own-process.ts";

/** What one run of all streams came to; times are ms. */
export interface EarFigures {
  readonly streams: number;
  readonly packets: number;
  /** Of the RFC 3550 jitter as it stood after each packet. */
  readonly jitterP50: number;
  /** Behind the even schedule of each stream. */
  readonly latenessP99: number;
}

/** A receiver in a process of its own on the servers' core, the same for all who send. */
export interface Ear extends AsyncDisposable {
  readonly port: number;
  /** Why receive times are those of that process and not the kernel's. */
  readonly noStamps?: string;
  /** What came since the last time that somebody asked. */
  figures(): Promise<EarFigures>;
}

export async function openEar(): Promise<Ear> {
  const file = join(import.meta.dirname, "rtp-ear-process.ts");
  const { says, ...program } = await startOwnProcess<{ port: number; noStamps?: string }>(file, []);
  return {
    ...says,
    async figures() {
      await using socket = await askingSocket(says.port);
      const answer = once(socket.socket, "message");
      socket.socket.send("figures");
      const [bytes] = (await answer) as [Buffer];
      return JSON.parse(bytes.toString()) as EarFigures;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

async function askingSocket(port: number): Promise<{ readonly socket: Socket } & AsyncDisposable> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return {
    socket,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** More is better: steadiness is 1 / ms. Nothing where fewer streams came than were asked for. */
export function ratesOf({ streams, jitterP50, latenessP99 }: EarFigures, wanted: number): Run["rates"] {
  if (streams < wanted) return {};
  const steadiness = (ms: number) => 1 / Math.max(ms, 0.001);
  return { "1/ms of p50 jitter": steadiness(jitterP50), "1/ms of p99 lateness": steadiness(latenessP99) };
}
