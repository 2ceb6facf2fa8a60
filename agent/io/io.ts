import type { Clock } from "./clock.ts";
import type { ReadHost } from "./host/host.ts";
import type { OpenLink } from "./udp/link-socket.ts";
import type { FetchAsPhone } from "./fetch/phone-fetch.ts";
import type { OpenSerial } from "./serial/serial.ts";
import type { OpenRtp, SendRtp } from "./rtp/rtp-sender.ts";
import type { OpenSipRecords } from "./sip/sip-records.ts";
import type { OpenSnmp } from "./snmp.ts";
import type { OpenStream } from "./stream/stream.ts";
import type { OpenUdp } from "./udp/udp.ts";

/**
 * All that a probe may open. `systemIo` (system-io.ts) is the real one; tests hand in parts of their own.
 * Each opener has its file and its interface there; add a member here when a new kind of thing must be opened.
 */
export interface AgentIo {
  readonly clock: Clock;
  readonly openUdp: OpenUdp;
  readonly openStream: OpenStream;
  /** Packets of a network card, below its addresses; takes root or CAP_NET_RAW. */
  readonly openLink: OpenLink;
  readonly openSnmp: OpenSnmp;
  /** A serial port as 8N1. @throws SerialError */
  readonly openSerial: OpenSerial;
  readonly readHost: ReadHost;
  /** One file, as a phone would fetch it (phone-fetch.ts); never throws for what the world does. */
  readonly fetchAsPhone: FetchAsPhone;
  /** A port that hears and, through `sendRtp`, sends one stream at an even pace (rtp-sender.ts). */
  readonly openRtp: OpenRtp;
  readonly sendRtp: SendRtp;
  /** A name to addresses, in the order the resolver gave. @throws with the resolver's code, such as ENOTFOUND. */
  readonly resolve: (host: string) => Promise<string[]>;
  /** NAPTR, SRV and addresses of a SIP domain, from the system's name servers or a given one. */
  readonly openSipRecords: OpenSipRecords;
  /** Progress for a person who waits; goes nowhere when nobody does. `kept`: a line that stays, at most one a second. */
  readonly say: (progress: string, kept?: "kept") => void;
}
