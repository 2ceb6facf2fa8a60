import { createHmac, randomBytes } from "node:crypto";
import { BlockList, isIP, isIPv6 } from "node:net";
import type { QualityReport } from "../../protocol/quality-report/quality-report.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import { headerValue, type SipRequest } from "../../protocol/sip/message.ts";
import { buildResponse, reasonPhrases } from "../../protocol/sip/response.ts";
import { serverTransactionKey } from "../../protocol/sip/server-transaction.ts";
import { emptyStream, stepStream } from "../../protocol/sip/stream-framing.ts";
import type { AgentIo } from "../io/io.ts";
import { listenForStreams, type AcceptedStream, type StreamListener } from "../io/stream/stream-listener.ts";
import type { UdpSocket } from "../io/udp/udp.ts";
import { answerRequest } from "./answer-request.ts";
import { SourcePace } from "./source-pace.ts";

/** A report as it came: by whom it was sent, and with which words of SIP. */
export interface ReceivedReport {
  readonly report: QualityReport;
  readonly from: { readonly address: string; readonly port: number };
  readonly userAgent?: string;
  /** The Contact as written: it may carry the phone's instance, and in it the MAC. */
  readonly contact?: string;
  /** ms since 1970. */
  readonly at: number;
  /** The body as it came. */
  readonly raw: string;
}

/** What came, counted. */
export interface CollectorCounts {
  reports: number;
  /** From somebody who is in none of the networks: not read, not answered. */
  foreign: number;
  /** More than one source may send. */
  tooMany: number;
  repeated: number;
  /** Read, and answered with a refusal. */
  refused: number;
  /** No SIP at all. */
  garbled: number;
}

export interface CollectorOptions {
  readonly address: string;
  /** UDP and TCP; 0 takes any free one. */
  readonly port: number;
  /** Networks that may send, as CIDR; none: private, link-local and loopback addresses. */
  readonly from?: readonly string[];
  onReport(received: ReceivedReport): void;
  /** Told at most once a second for each reason. */
  onRefusal?(from: string, why: string): void;
}

export interface QualityCollector extends AsyncDisposable {
  readonly port: number;
  readonly counts: Readonly<CollectorCounts>;
}

type Io = Pick<AgentIo, "openUdp" | "clock">;
type Send = (bytes: Uint8Array) => void;
interface Source {
  readonly address: string;
  readonly port: number;
}

const usualNetworks = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
];
/** Repeats of a request over UDP come for 32 s (RFC 3261 timer F). */
const keepAnswers = 32_000;
const mostAnswers = 5000;
const mostConnections = 200;
const idleConnection = 600_000;

/**
 * Takes phones' quality reports (RFC 6035) as the far end of their PUBLISH or NOTIFY, by UDP and TCP on one port.
 * @throws NodeJS.ErrnoException EADDRINUSE, EACCES …
 */
export async function startQualityCollector(options: CollectorOptions, io: Io): Promise<QualityCollector> {
  const udp = await io.openUdp({ localAddress: options.address, localPort: options.port });
  try {
    const collector = new Collector(options, io, udp);
    await collector.listen();
    return collector;
  } catch (error) {
    await udp[Symbol.asyncDispose]();
    throw error;
  }
}

class Collector implements QualityCollector {
  readonly port: number;
  readonly counts: CollectorCounts = {
    reports: 0,
    foreign: 0,
    tooMany: 0,
    repeated: 0,
    refused: 0,
    garbled: 0,
  };
  readonly #options: CollectorOptions;
  readonly #io: Io;
  readonly #udp: UdpSocket;
  readonly #networks: BlockList;
  readonly #pace = new SourcePace();
  readonly #key = randomBytes(16);
  readonly #answers = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>();
  #tcp: StreamListener | undefined;
  #told = new Map<string, number>();

  constructor(options: CollectorOptions, io: Io, udp: UdpSocket) {
    this.port = udp.localPort;
    this.#options = options;
    this.#io = io;
    this.#udp = udp;
    this.#networks = blockListOf(options.from ?? usualNetworks);
    udp.listen(
      ({ bytes, address, port }) => this.#onDatagram(bytes, { address: unmapped(address), port }),
      () => {},
    );
  }

  async listen(): Promise<void> {
    this.#tcp = await listenForStreams({
      address: this.#options.address,
      port: this.port,
      most: mostConnections,
      idle: idleConnection,
      admits: (address) => this.#admits(unmapped(address)),
      onConnection: (stream) => this.#hear(stream),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tcp?.[Symbol.asyncDispose]();
    await this.#udp[Symbol.asyncDispose]();
  }

  #admits(address: string): boolean {
    const version = isIP(address);
    if (version !== 0 && this.#networks.check(address, version === 4 ? "ipv4" : "ipv6")) return true;
    this.counts.foreign += 1;
    return false;
  }

  #onDatagram(bytes: Uint8Array, from: Source): void {
    if (!this.#admits(from.address) || !this.#hasTime(from.address)) return;
    const read = decodeSip(bytes, { fields: false });
    if (!read.ok) {
      // Keep-alives of NAT are no messages.
      if (bytes.some((octet) => octet !== 13 && octet !== 10 && octet !== 0)) this.counts.garbled += 1;
      return;
    }
    const { message } = read.value;
    if (message.kind !== "request" || message.method === "ACK") return;
    // To where it came from, whatever the Via says: nobody else can be made to get our answers.
    this.#take(message, from, (answer) => {
      this.#udp.send(answer, from.port, from.address).catch(() => {});
    });
  }

  #hear(stream: AcceptedStream): (bytes: Uint8Array) => void {
    const from = { address: unmapped(stream.address), port: stream.port };
    let state = emptyStream;
    return (bytes) => {
      const step = stepStream(state, bytes);
      state = step.state;
      for (const piece of step.pieces) {
        if (piece.kind === "ping") stream.send(Buffer.from("\r\n"));
        if (piece.kind === "broken") {
          this.counts.garbled += 1;
          stream.close();
        }
        if (piece.kind !== "message" || piece.received.message.kind !== "request") continue;
        if (!this.#hasTime(from.address)) stream.close();
        else this.#take(piece.received.message, from, (answer) => stream.send(answer));
      }
    };
  }

  #hasTime(address: string): boolean {
    if (this.#pace.admits(address, this.#io.clock.mono())) return true;
    this.counts.tooMany += 1;
    return false;
  }

  #take(request: SipRequest, from: Source, send: Send): void {
    const now = this.#io.clock.mono();
    const key = `${from.address}:${from.port} ${headerValue(request, "Call-ID")} ${serverTransactionKey(request)}`;
    this.#forget(now);
    const known = this.#answers.get(key);
    if (known !== undefined) {
      this.counts.repeated += 1;
      send(known.bytes);
      return;
    }
    const tag = createHmac("sha256", this.#key).update(key).digest("hex").slice(0, 16);
    const { code, headers, report, why } = answerRequest(request, tag);
    const reason = reasonPhrases[code] ?? "Bad Event";
    const response = buildResponse(request, from, {
      code,
      reason,
      toTag: tag,
      headers: [...headers, { name: "Allow", value: "PUBLISH, NOTIFY, OPTIONS" }],
    });
    const bytes = encodeSip(response);
    this.#answers.set(key, { bytes, at: now });
    send(bytes);
    if (why !== undefined) this.#refuse(from.address, why, now);
    if (report !== undefined) this.#deliver(report, request, from);
  }

  #deliver(report: QualityReport, request: SipRequest, from: Source): void {
    this.counts.reports += 1;
    const userAgent = headerValue(request, "User-Agent");
    const contact = headerValue(request, "Contact");
    this.#options.onReport({
      report,
      from,
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(contact === undefined ? {} : { contact }),
      at: this.#io.clock.now(),
      raw: Buffer.from(request.body).toString("utf8"),
    });
  }

  #refuse(address: string, why: string, now: number): void {
    this.counts.refused += 1;
    if (now - (this.#told.get(why) ?? -Infinity) < 1000) return;
    if (this.#told.size > 100) this.#told = new Map();
    this.#told.set(why, now);
    this.#options.onRefusal?.(address, why);
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#answers) {
      if (now - at <= keepAnswers && this.#answers.size < mostAnswers) break;
      this.#answers.delete(key);
    }
  }
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(prefix ?? (family === "ipv4" ? 32 : 128)), family);
  }
  return list;
}

/** A socket for both families says `::ffff:192.0.2.7`. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
