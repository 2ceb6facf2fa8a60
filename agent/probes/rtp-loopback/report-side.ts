import { askArrivals } from "../../../protocol/rtp/arrivals.ts";
import { SrtpSender } from "../../../protocol/srtp/srtp-sender.ts";
import type { AgentIo } from "../../io/io.ts";
import type { RtpSocket } from "../../io/rtp/rtp-sender.ts";
import type { UdpSocket } from "../../io/udp/udp.ts";
import type { FarEnd } from "./offer.ts";
import type { StreamLog } from "./stream-log.ts";

// RFC 3550 6.3.1: every 5 s, half as long before the first, between half and one and a half of it, by e − 1.5. Beside
// a mirror that was called to measure, every second.
const usualEveryMs = 5000;
const besideMirrorMs = 1000;
const compensation = Math.E - 1.5;

export interface ReportSideParts {
  readonly socket: RtpSocket;
  readonly farEnd: FarEnd;
  readonly log: StreamLog;
  /** RTP timestamp of a moment of the monotonic clock. */
  readonly timestampAt: (mono: number) => number;
  readonly octetsPerPacket: number;
  readonly random: () => number;
}

/** The RTCP of one stream: on the port of RTP, or on the one above where the far end wants it so. */
export class ReportSide implements AsyncDisposable {
  readonly #parts: ReportSideParts;
  readonly #beside: UdpSocket | undefined;
  readonly #sender: SrtpSender | undefined;
  #nextAt = 0;
  #first = true;

  private constructor(parts: ReportSideParts, beside: UdpSocket | undefined) {
    this.#parts = parts;
    this.#beside = beside;
    const { protection } = parts.farEnd;
    this.#sender = protection === undefined ? undefined : new SrtpSender(protection.ours);
  }

  static async open(parts: ReportSideParts, io: Pick<AgentIo, "openUdp">): Promise<ReportSide> {
    const { socket, farEnd, log } = parts;
    if (farEnd.rtcpPort === farEnd.port) return new ReportSide(parts, undefined);
    const local = { localAddress: socket.localAddress, localPort: socket.localPort + 1 };
    // Somebody else may have the port: then there are no reports, which is not the same as none that came.
    const beside = await io.openUdp(local).catch(() => undefined);
    beside?.listen(
      ({ bytes, at }) => log.takeRtcp(bytes, at),
      () => {},
    );
    return new ReportSide(parts, beside);
  }

  /** Reports can be heard at all. */
  get listens(): boolean {
    return this.#beside !== undefined || this.#parts.farEnd.rtcpPort === this.#parts.farEnd.port;
  }

  /** The next report, if it is time for one; `packets` went out by now. */
  tick(now: number, packets: number): void {
    if (now < this.#nextAt) return;
    const { farEnd, random } = this.#parts;
    const half = this.#first ? 0.5 : 1;
    const every = farEnd.mirror
      ? besideMirrorMs * 0.9
      : (half * usualEveryMs * (0.5 + random())) / compensation;
    this.#nextAt = now + every;
    if (this.#first && !farEnd.mirror) this.#first = false;
    else this.report(now, packets);
  }

  report(now: number, packets: number): void {
    const { socket, farEnd, log, octetsPerPacket, timestampAt } = this.#parts;
    log.reporter.setSent(packets, packets * octetsPerPacket);
    const compound = log.reporter.write(now, timestampAt(now), {
      more: farEnd.mirror ? [askArrivals(log.reporter.ssrc)] : [],
    });
    if (compound === undefined) return;
    const bytes = this.#sender?.protectRtcp(compound) ?? compound;
    if (this.#beside === undefined) {
      if (farEnd.rtcpPort === farEnd.port) socket.sendBeside(bytes);
    } else this.#beside.send(bytes, farEnd.rtcpPort, farEnd.address).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#beside?.[Symbol.asyncDispose]();
  }
}
