import type { Dialogue } from "./dialogue.ts";
import type { RtcpReports } from "./rtcp-reports.ts";
import type { RtpStream } from "./rtp-stream.ts";

/** What was read from a capture, before anybody says what it means. Times in ms since 1970. */
export interface CaptureFacts {
  readonly packets: number;
  /** On the wire. */
  readonly octets: number;
  /** Packets of which the capture kept a part alone. */
  readonly cut: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** IP fragments, and packets of which one never came. */
  readonly fragmented: number;
  readonly fragmentsLost: number;
  /** Packets and messages that could not be read. */
  readonly unread: number;
  /** Packets that the kernel dropped because a live capture was too slow. */
  readonly dropped: number;
  /** `address:port` of servers that spoke TLS. */
  readonly tls: ReadonlySet<string>;
  readonly messages: number;
  /** Messages of dialogues beyond those kept. */
  readonly unkept: number;
  readonly dialogues: readonly Dialogue[];
  readonly streams: readonly RtpStream[];
  readonly rtcp: RtcpReports;
}
