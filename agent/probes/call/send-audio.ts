import { randomInt } from "node:crypto";
import { encodeRtp } from "../../../protocol/rtp/packet.ts";
import { SrtpSender } from "../../../protocol/srtp/srtp-sender.ts";
import type { SrtpMaster } from "../../../protocol/srtp/suite.ts";
import type { Clock } from "../../io/clock.ts";
import type { UdpSocket } from "../../io/udp/udp.ts";

export interface AudioCount {
  readonly sent: number;
  readonly received: number;
  /** Where the packets came from. */
  readonly sources: readonly string[];
}

const packetMs = 20;

/** A little silence to a media address, and what comes back: enough to say that media flows. `diag rtp` measures how well. */
export async function sendAudio(
  socket: UdpSocket,
  target: {
    readonly address: string;
    readonly port: number;
    readonly payloadType: number;
    /** Present: under SRTP. */
    readonly protection?: SrtpMaster;
  },
  seconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<AudioCount> {
  const sources = new Set<string>();
  let received = 0;
  socket.listen(
    ({ bytes, address, port }) => {
      // Version 2: anything else on a media port is no RTP.
      if (bytes.length < 12 || (bytes[0] ?? 0) >> 6 !== 2) return;
      received += 1;
      if (sources.size < 5) sources.add(`${address}:${port}`);
    },
    () => undefined,
  );
  const [ssrc, first, timestamp] = [randomInt(2 ** 32), randomInt(2 ** 15), randomInt(2 ** 32)];
  const payload = new Uint8Array(160).fill(0xff);
  const sender = target.protection === undefined ? undefined : new SrtpSender(target.protection);
  let sent = 0;
  for (; sent < (seconds * 1000) / packetMs; sent += 1) {
    const packet = encodeRtp({
      payloadType: target.payloadType,
      marker: sent === 0,
      sequence: (first + sent) & 0xffff,
      timestamp: (timestamp + sent * 160) >>> 0,
      ssrc,
      payload,
    });
    // A port that is closed is seen by what does not come back.
    await socket.send(sender?.protect(packet) ?? packet, target.port, target.address).catch(() => undefined);
    await clock.sleep(packetMs, signal);
  }
  return { sent, received, sources: [...sources] };
}
