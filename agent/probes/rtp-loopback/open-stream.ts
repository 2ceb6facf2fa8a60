import { randomBytes, randomInt } from "node:crypto";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import { mediaCodecs } from "../../../protocol/rtp/media-codec.ts";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import { newSrtpMaster } from "../../../protocol/srtp/crypto-attribute.ts";
import type { AgentIo } from "../../io/io.ts";
import type { RtpSocket } from "../../io/rtp/rtp-sender.ts";
import { openSipChannel, type SipChannel } from "../../io/sip/sip-channel.ts";
import type { SipExchange } from "../../io/sip/sip-transaction.ts";
import { wallEpoch } from "../../io/wall-epoch.ts";
import { readAnswer, writeOffer, type FarEnd } from "./offer.ts";
import { placeCall, type OpenCall } from "./place-call.ts";
import { ReportSide } from "./report-side.ts";
import { paceOf, type RunParts } from "./run-parts.ts";
import { StreamLog, type OwnStream } from "./stream-log.ts";

/** Why there was no media. */
export type NoMedia =
  | { readonly kind: "sip"; readonly end: SipExchange["end"] }
  | { readonly kind: "connect"; readonly error: NodeJS.ErrnoException }
  | { readonly kind: "answer"; readonly why: string; readonly response: SipResponse };

/** A call that is up, and what its audio goes through. */
export interface OpenStream {
  readonly call: OpenCall;
  readonly socket: RtpSocket;
  readonly own: OwnStream & { readonly timestamp: number };
  readonly farEnd: FarEnd;
  readonly log: StreamLog;
  readonly reports: ReportSide;
  readonly answer: SipResponse;
}

/** What the streams of one run share. */
export interface StreamRunShared {
  readonly io: AgentIo;
  readonly signal: AbortSignal;
  /** Sockets and channels go onto it, to be closed after the calls are hung up. */
  readonly opened: AsyncDisposableStack;
  /** What ICMP said about the media port, counted. */
  readonly icmp: Map<string, number>;
}

/** Opens a socket, places the call, and makes ready for audio; or why there is none. */
export async function openStream(
  parts: RunParts,
  index: number,
  shared: StreamRunShared,
): Promise<OpenStream | NoMedia> {
  const { io, signal, opened } = shared;
  const resources = opened.use(new AsyncDisposableStack());
  const channel = await openChannel(parts, io, signal);
  if ("kind" in channel) return channel;
  resources.use(channel);
  const socket = resources.use(await io.openRtp(channel.local.address, parts.ports?.[index]));
  const own = newOwnStream(parts, wallEpoch(io.clock));
  const { masters, text: offer } = offerOf(parts, socket, own.ssrc);
  const placed = await placeCall(channel, { ...parts, offer, clock: io.clock }, signal);
  if (!placed.ok) return { kind: "sip", end: placed.end };
  const { call, answer } = placed;
  const farEnd = readAnswer(Buffer.from(answer.body).toString("utf8"), {
    codec: mediaCodecs[parts.codec],
    masters,
    text: offer,
  });
  if (!farEnd.ok) {
    await call.hangUp().catch(() => undefined);
    return { kind: "answer", why: mismatchSentence(farEnd.why), response: answer };
  }
  try {
    const log = await hear(socket, own, farEnd.value, shared.icmp);
    const reports = resources.use(await openReports(parts, { socket, own, log, farEnd: farEnd.value }, io));
    return { socket, own, log, reports, farEnd: farEnd.value, call, answer };
  } catch (error) {
    // Nobody else knows of this call yet.
    await call.hangUp().catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = `no way from here to its media at ${printHostPort(farEnd.value.address, farEnd.value.port)}: ${code}`;
    return { kind: "answer", why, response: answer };
  }
}

async function openChannel(
  { host, address, port, transport }: RunParts,
  io: AgentIo,
  signal: AbortSignal,
): Promise<SipChannel | NoMedia> {
  try {
    const place = { transport, address, port, serverName: host, timeout: 5000 };
    return await openSipChannel(io, place, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "connect", error: error as NodeJS.ErrnoException };
  }
}

function offerOf(parts: RunParts, socket: RtpSocket, ssrc: number) {
  const suites = parts.srtp ? (["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const) : [];
  const masters = suites.map((suite) => newSrtpMaster(suite, randomBytes));
  const text = writeOffer({
    address: socket.localAddress,
    port: socket.localPort,
    codec: mediaCodecs[parts.codec],
    masters,
    loopback: parts.loopback,
    dscp: parts.dscp,
    packetTime: parts.packetTime,
    ssrc,
    sessionId: randomInt(1, 2 ** 31),
  });
  return { masters, text };
}

async function hear(
  socket: RtpSocket,
  own: OwnStream,
  farEnd: FarEnd,
  icmp: Map<string, number>,
): Promise<StreamLog> {
  const log = new StreamLog(own, farEnd);
  await socket.connect(farEnd.address, farEnd.port);
  socket.listen(
    (datagram) => log.take(datagram),
    ({ code = "?" }) => icmp.set(code, (icmp.get(code) ?? 0) + 1),
  );
  return log;
}

function openReports(
  { codec: name, packetTime }: RunParts,
  { own, ...heard }: Pick<OpenStream, "socket" | "own" | "log" | "farEnd">,
  io: AgentIo,
): Promise<ReportSide> {
  const codec = mediaCodecs[name];
  const startedAt = io.clock.mono();
  return ReportSide.open(
    {
      ...heard,
      timestampAt: (mono) => own.timestamp + Math.round(((mono - startedAt) * codec.clock) / 1000),
      octetsPerPacket: codec.payload(packetTime).length,
      random: () => randomInt(0x1_0000) / 0x1_0000,
    },
    io,
  );
}

function newOwnStream(parts: RunParts, epoch: number): OpenStream["own"] {
  return {
    epoch,
    codec: mediaCodecs[parts.codec].rated,
    ssrc: randomInt(0x1_0000_0000),
    sequence: randomInt(0x1_0000),
    timestamp: randomInt(0x1_0000_0000),
    count: paceOf(parts).count,
    clock: mediaCodecs[parts.codec].clock,
  };
}
