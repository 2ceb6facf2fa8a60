import { randomInt } from "node:crypto";
import type { AgentIo } from "../../io/io.ts";

const packetTime = 5;
const count = 200;

/**
 * Paces one stream to a port of our own for a second, as a test call does it.
 * @returns how late packets left, p99 in ms; undefined where sockets cannot be had.
 */
export async function timePacing(
  io: Pick<AgentIo, "openRtp" | "sendRtp">,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    await using far = await io.openRtp("127.0.0.1");
    await using near = await io.openRtp("127.0.0.1");
    await near.connect(far.localAddress, far.localPort);
    const { lateness } = await io.sendRtp(
      [
        {
          socket: near,
          address: far.localAddress,
          port: far.localPort,
          payloadType: 0,
          ssrc: randomInt(2 ** 32),
          sequence: 0,
          timestamp: 0,
          payload: new Uint8Array(40),
        },
      ],
      { packetTime, count, samplesPerPacket: 40 },
      signal,
    );
    return lateness[Math.ceil(lateness.length * 0.99) - 1];
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
