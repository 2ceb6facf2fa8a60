import type { CapturedPacket } from "../../protocol/capture/captured-packet.ts";
import { decodeIp, ipProtocols, type IpPacket } from "../../protocol/capture/decode-ip.ts";
import { decodeLink, etherTypes, linkTypes } from "../../protocol/capture/decode-link.ts";
import { decodeTcp, decodeUdp } from "../../protocol/capture/decode-transport.ts";
import { printAddress } from "../../protocol/print-address.ts";
import { FragmentReassembly } from "../../protocol/capture/reassemble-fragments.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import type { AnnouncedMedia } from "./announced-media.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import { Dialogues } from "./dialogues.ts";
import { Flow } from "./flow.ts";
import { FlowTable } from "./flow-table.ts";
import { isRtcp, RtcpReports } from "./rtcp-reports.ts";
import type { RtpStream } from "./rtp-stream.ts";
import { endpointOf, kept, seeMessage, type Hop, type Passage } from "./seen-message.ts";
import { startsSip } from "./starts-sip.ts";
import { TcpConnections } from "./tcp-connections.ts";

/** Flows and announcements that are kept at once; beyond, all are forgotten but those with media. */
const limits = { flows: 100_000, announced: 20_000, streams: 20_000 };

export interface AnalysisOptions {
  /** Called for each message with its octets: `--call` prints those of one dialogue. */
  readonly onMessage?: (dialogue: number, callId: string, passage: Passage, octets: Buffer) => void;
}

/** Reads the packets of a capture, one by one, into what is known of its calls and streams. */
export class CaptureAnalysis {
  readonly #options: AnalysisOptions;
  readonly #table = new FlowTable<Flow>();
  readonly #ipv6 = new Map<string, Flow>();
  /** Flows by where they go, for announcements that come after them. */
  readonly #towards = new Map<string, Flow[]>();
  readonly #announced = new Map<string, AnnouncedMedia>();
  readonly #fragments = new FragmentReassembly();
  readonly #dialogues = new Dialogues();
  readonly #rtcp = new RtcpReports();
  readonly #tcp = new TcpConnections();
  readonly #kept: RtpStream[] = [];
  #packets = 0;
  #octets = 0;
  #cut = 0;
  #firstAt = 0;
  #lastAt = 0;
  #fragmented = 0;
  #unread = 0;
  #dropped = 0;

  constructor(options: AnalysisOptions = {}) {
    this.#options = options;
  }

  /** The next packet; it is not kept. */
  take(packet: CapturedPacket): void {
    if (this.#packets === 0) this.#firstAt = packet.at;
    this.#packets += 1;
    this.#octets += packet.length;
    this.#lastAt = packet.at;
    if (packet.data.length < packet.length) this.#cut += 1;
    const at = plainUdpAt(packet.linkType, packet.data);
    if (at === -1) this.#takeAny(packet);
    else this.#takePlain(packet, at);
  }

  /** Packets that the capture itself dropped: they are missing here, and were not lost on the way. */
  noteLoss(packets: number): void {
    this.#dropped += packets;
  }

  /** What is known by now. */
  facts(): CaptureFacts {
    const flows = [...this.#towards.values()].flat();
    return {
      packets: this.#packets,
      octets: this.#octets,
      cut: this.#cut,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      fragmented: this.#fragmented,
      fragmentsLost: this.#fragments.lost,
      unread: this.#unread,
      dropped: this.#dropped,
      tls: this.#tcp.tls,
      messages: this.#dialogues.messages,
      unkept: this.#dialogues.unkept,
      dialogues: this.#dialogues.all,
      streams: [
        ...this.#kept,
        ...flows.flatMap((flow) => (flow.kind === "other" ? [] : [...flow.streams.values()])),
      ],
      rtcp: this.#rtcp,
    };
  }

  /** The common case, without an object or a string: an IPv4 packet of UDP, whole, no options. */
  #takePlain(packet: CapturedPacket, ip: number): void {
    const { data } = packet;
    const source = word(data, ip + 12);
    const destination = word(data, ip + 16);
    const ports = word(data, ip + 20);
    let flow = this.#table.get(source, destination, ports);
    if (flow === undefined) {
      flow = this.#open(data.subarray(ip + 12, ip + 16), data.subarray(ip + 16, ip + 20), ports);
      this.#table.set(source, destination, ports, flow);
    }
    if (flow.kind === "other" && !isCapital(data[ip + 28] ?? 0)) return;
    const length = (((data[ip + 24] ?? 0) << 8) | (data[ip + 25] ?? 0)) - 8;
    this.#takeDatagram(flow, packet, data, ip + 28, length, (data[ip + 1] ?? 0) >> 2, ip);
  }

  #takeAny(packet: CapturedPacket): void {
    const link = decodeLink(packet.linkType, packet.data);
    const ip = link === undefined ? undefined : decodeIp(link.etherType, packet.data, link.offset);
    if (ip === undefined) {
      this.#unread += 1;
      return;
    }
    if (ip.fragment !== undefined) this.#fragmented += 1;
    const whole = this.#fragments.add(ip, packet.at)?.packet;
    if (whole === undefined) return;
    if (whole.protocol === ipProtocols.udp) this.#takeUdp(whole, packet);
    if (whole.protocol === ipProtocols.tcp) this.#takeTcp(whole, packet);
  }

  #takeUdp(ip: IpPacket, packet: CapturedPacket): void {
    const udp = decodeUdp(ip.payload);
    if (udp === undefined) return;
    const key =
      ip.source.toString("latin1") + ip.destination.toString("latin1") + ip.payload.toString("latin1", 0, 4);
    let flow = this.#ipv6.get(key);
    if (flow === undefined) {
      flow = this.#open(ip.source, ip.destination, word(ip.payload, 0));
      this.#ipv6.set(key, flow);
    }
    if (flow.kind !== "other" || isCapital(udp.payload[0] ?? 0))
      this.#takeDatagram(flow, packet, udp.payload, 0, udp.payload.length, ip.dscp, ip);
  }

  #takeTcp(ip: IpPacket, packet: CapturedPacket): void {
    const segment = decodeTcp(ip.payload);
    if (segment === undefined) return;
    const passage: Passage = {
      number: packet.number,
      at: packet.at,
      source: endpointOf(printAddress(ip.source), segment.sourcePort),
      destination: endpointOf(printAddress(ip.destination), segment.destinationPort),
      carrier: "tcp",
    };
    for (const octets of this.#tcp.take(segment, passage)) this.#takeMessage(octets, passage);
  }

  #takeDatagram(
    flow: Flow,
    packet: CapturedPacket,
    data: Buffer,
    at: number,
    length: number,
    dscp: number,
    ip: IpPacket | number,
  ): void {
    const isRtp = flow.kind !== "sip" && flow.takeRtp(data, at, length, dscp, packet.at, packet.number);
    if (isRtp && flow.kind === "rtp") return;
    if (!isRtp)
      this.#takeOther(flow, packet, data.subarray(at, Math.max(at, Math.min(data.length, at + length))), ip);
    // CR LF and empty datagrams keep a flow alive and say nothing of what it carries (RFC 5626 3.5.1).
    if (length > 4) flow.judge();
  }

  /** @param ip the packet's header, or where it stands in the packet */
  #takeOther(flow: Flow, packet: CapturedPacket, payload: Buffer, ip: IpPacket | number): void {
    if (startsSip(payload)) {
      flow.kind = "sip";
      const { source, destination } = flow;
      this.#takeMessage(payload, {
        number: packet.number,
        at: packet.at,
        source,
        destination,
        carrier: "udp",
        hop: hopOf(packet.data, ip),
      });
    } else if (payload.length >= 8 && isRtcp(payload, 0)) this.#rtcp.take(payload, packet.number);
  }

  #takeMessage(octets: Buffer, passage: Passage): void {
    const read = decodeSip(octets, {
      from: passage.carrier === "tcp" ? "stream" : "datagram",
      fields: false,
    });
    const seen = read.ok ? seeMessage(read.value.message, octets.length, passage) : undefined;
    if (seen === undefined) {
      this.#unread += 1;
      return;
    }
    const dialogue = this.#dialogues.add(seen);
    for (const media of seen.media) this.#announce(media);
    if (dialogue !== undefined) this.#options.onMessage?.(dialogue.index, dialogue.callId, passage, octets);
  }

  #announce(media: AnnouncedMedia): void {
    if (media.port === 0 || media.address === "") return;
    const endpoint = kept(endpointOf(media.address, media.port));
    if (this.#announced.size >= limits.announced) this.#announced.clear();
    this.#announced.set(endpoint, media);
    for (const flow of this.#towards.get(endpoint) ?? []) flow.announce(media.maps);
  }

  #open(source: Buffer, destination: Buffer, ports: number): Flow {
    if (this.#table.size + this.#ipv6.size >= limits.flows) this.#forget();
    const to = endpointOf(printAddress(destination), ports & 0xffff);
    const flow = new Flow(endpointOf(printAddress(source), ports >>> 16), to);
    const media = this.#announced.get(to);
    if (media !== undefined) flow.announce(media.maps);
    const others = this.#towards.get(to);
    if (others === undefined) this.#towards.set(to, [flow]);
    else others.push(flow);
    return flow;
  }

  /** A capture of very many flows: what they came to is kept, they themselves are not. */
  #forget(): void {
    for (const flow of [...this.#towards.values()].flat())
      if (flow.kind === "rtp" && this.#kept.length < limits.streams)
        this.#kept.push(...flow.streams.values());
    this.#towards.clear();
    this.#table.clear();
    this.#ipv6.clear();
  }
}

/** What a message of SIP begins with: a flow of something else is looked at again for its sake. */
function isCapital(octet: number): boolean {
  return octet >= 0x41 && octet <= 0x5a;
}

function word(data: Uint8Array, at: number): number {
  return (
    (((data[at] ?? 0) << 24) |
      ((data[at + 1] ?? 0) << 16) |
      ((data[at + 2] ?? 0) << 8) |
      (data[at + 3] ?? 0)) >>>
    0
  );
}

function hopOf(data: Buffer, ip: IpPacket | number): Hop {
  if (typeof ip !== "number") return { ttl: ip.ttl, id: ip.id };
  return { ttl: data.readUInt8(ip + 8), id: data.readUInt16BE(ip + 4) };
}

/** Where the IP header stands of a packet that needs no closer look; -1: any other. */
function plainUdpAt(linkType: number, data: Uint8Array): number {
  let typeAt = 12;
  if (linkType === linkTypes.linuxCooked) typeAt = 14;
  else if (linkType !== linkTypes.ethernet) return -1;
  if (data[typeAt] === 0x81 && data[typeAt + 1] === 0) typeAt += 4;
  if ((((data[typeAt] ?? 0) << 8) | (data[typeAt + 1] ?? 0)) !== etherTypes.ipv4) return -1;
  const ip = typeAt + 2;
  const isPlain =
    data[ip] === 0x45 &&
    data[ip + 9] === ipProtocols.udp &&
    ((data[ip + 6] ?? 0) & 0x3f) === 0 &&
    data[ip + 7] === 0 &&
    data.length >= ip + 28;
  return isPlain ? ip : -1;
}
