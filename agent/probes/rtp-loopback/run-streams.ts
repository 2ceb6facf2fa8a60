import { randomBytes, randomInt } from "node:crypto";
import { decodeMirrorTotals, mirrorProduct } from "../../../protocol/rtp/mirror-totals.ts";
import { mediaCodecs, type MediaCodec, type MediaCodecName } from "../../../protocol/rtp/media-codec.ts";
import { planKeys, type KeyPlan } from "../../../protocol/rtp/telephone-event.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { headerValue, type SipResponse } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { newSrtpMaster } from "../../../protocol/srtp/crypto-attribute.ts";
import type { OwnLoad } from "../../io/rtp/own-load.ts";
import type { AgentIo } from "../../io/io.ts";
import type { RtpOutgoing, RtpSent, RtpSocket } from "../../io/rtp/rtp-sender.ts";
import { wallEpoch } from "../../io/wall-epoch.ts";
import { openSipChannel, type SipChannel } from "../../io/sip/sip-channel.ts";
import type { SipExchange } from "../../io/sip/sip-transaction.ts";
import type { FinishedStream } from "./media-figures.ts";
import { readAnswer, writeOffer, type FarEnd, type WantedLoopback } from "./offer.ts";
import { placeCall, type OpenCall } from "./place-call.ts";
import { ReportSide } from "./report-side.ts";
import { StreamLog, type OwnStream } from "./stream-log.ts";
import { mismatchSentence } from "../../../protocol/decoded.ts";

export interface RunParts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly extension: string;
  readonly account: DigestAccount | undefined;
  readonly codec: MediaCodecName;
  /** Media are offered under SRTP alone. */
  readonly srtp: boolean;
  readonly loopback: WantedLoopback;
  /** Of our RTP, 0–63. */
  readonly dscp: number;
  /** A local RTP port for each stream; absent: any. */
  readonly ports?: readonly number[] | undefined;
  readonly seconds: number;
  /** ms. */
  readonly packetTime: number;
  /** Calls at once; undefined: as many as the far end is made for. */
  readonly streams: number | undefined;
  /** Keys to press, or none. */
  readonly keys: string;
  /** How long a call may ring, ms. */
  readonly patience: number;
}

/** Why there was no media. */
export type NoMedia =
  | { readonly kind: "sip"; readonly end: SipExchange["end"] }
  | { readonly kind: "connect"; readonly error: NodeJS.ErrnoException }
  | { readonly kind: "answer"; readonly why: string; readonly response: SipResponse };

export type RunResult =
  /** `up`: calls that had come up before the one that failed. */
  | { readonly ok: false; readonly why: NoMedia; readonly up: number }
  | {
      readonly ok: true;
      readonly streams: readonly FinishedStream[];
      readonly farEnds: readonly FarEnd[];
      readonly server: string | undefined;
      /** How late our own packets left, ms. */
      readonly pace: {
        readonly p50: number;
        readonly p99: number;
        readonly max: number;
        readonly errors: number;
      };
      readonly load: OwnLoad;
      /** Why receive times are this program's own; undefined: the kernel's. */
      readonly noStamps: string | undefined;
      /** What our packets were marked with; undefined where this system could not mark them. */
      readonly dscp: number | undefined;
      /** Per stream: RTCP of the far end can be heard. */
      readonly listens: boolean;
      /** What ICMP said about the media port. */
      readonly icmp: ReadonlyMap<string, number>;
    };

interface OpenStream {
  readonly channel: SipChannel;
  readonly call: OpenCall;
  readonly socket: RtpSocket;
  readonly own: OwnStream & { readonly timestamp: number };
  readonly farEnd: FarEnd;
  readonly log: StreamLog;
  readonly reports: ReportSide;
  readonly answer: SipResponse;
}

/** Streams for an Offhook mirror, which is there to be measured with; a PBX's trunk gets one call unless told. */
const mirrorStreams = 50;
const placedAtOnce = 10;

// A round trip of a second is longer than any call bears; what comes later is lost.
const tailMs = 1000;
// An echo holds the last packets in its jitter buffer until more follow: these push them out, and are not counted.
const runOutPackets = 10;

/** Calls, streams, hangs up, and gives the logs of all streams. Every call that came up is hung up, whatever happens. */
export async function runStreams(parts: RunParts, io: AgentIo, signal: AbortSignal): Promise<RunResult> {
  await using opened = new AsyncDisposableStack();
  const run = new StreamRun(parts, io, signal, opened);
  try {
    return (await run.open()) ?? (await run.stream());
  } finally {
    await run.hangUp();
  }
}

class StreamRun {
  readonly #parts: RunParts;
  readonly #io: AgentIo;
  readonly #signal: AbortSignal;
  readonly #opened: AsyncDisposableStack;
  readonly #icmp = new Map<string, number>();
  readonly #open: OpenStream[] = [];
  #ports: Promise<unknown> = Promise.resolve();
  #totals: Promise<readonly (string | undefined)[]> | undefined;

  constructor(parts: RunParts, io: AgentIo, signal: AbortSignal, opened: AsyncDisposableStack) {
    this.#parts = parts;
    this.#io = io;
    this.#signal = signal;
    this.#opened = opened;
  }

  /** Places all calls; why not, if one of them fails. */
  async open(): Promise<RunResult | undefined> {
    const refused = await this.#place([0]);
    if (refused !== undefined) return { ok: false, why: refused, up: 0 };
    const { streams } = this.#parts;
    const wanted = streams ?? (isOffhookMirror(this.#open[0]?.answer) ? mirrorStreams : 1);
    for (let from = 1; from < wanted; from += placedAtOnce) {
      const many = Math.min(placedAtOnce, wanted - from);
      const full = await this.#place(Array.from({ length: many }, (_, i) => from + i));
      // Nobody asked for so many: what came up is enough.
      if (full !== undefined && streams === undefined) break;
      if (full !== undefined) return { ok: false, why: full, up: this.#open.length };
    }
    return undefined;
  }

  /** Places these calls side by side; why one of them did not come up. */
  async #place(indexes: readonly number[]): Promise<NoMedia | undefined> {
    const io = { ...this.#io, openRtp: this.#openRtp };
    const placed = await Promise.allSettled(
      indexes.map((index) => openStream(this.#parts, index, io, this.#signal, this.#opened, this.#icmp)),
    );
    let refused: NoMedia | undefined;
    for (const each of placed) {
      if (each.status === "rejected") continue;
      if ("kind" in each.value) refused ??= each.value;
      else this.#open.push(each.value);
    }
    const failed = placed.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return refused;
  }

  /** One after the other: a port is free for a moment while it is opened. */
  readonly #openRtp: AgentIo["openRtp"] = (address, port) => {
    const next = this.#ports.then(() => this.#io.openRtp(address, port));
    this.#ports = next.catch(() => undefined);
    return next;
  };

  async stream(): Promise<RunResult> {
    const pace = paceOf(this.#parts);
    const keys = this.#open.map(({ farEnd }) => keysFor(farEnd, this.#parts));
    const plan = this.#open.map((stream, i) => outgoing(stream, this.#parts, keys[i] ?? noKeys));
    const echo = this.#open.some(({ farEnd }) => farEnd.mode === "echo");
    const longer = { ...pace, count: pace.count + (echo ? runOutPackets : 0) };
    const live = new LiveLine(this.#parts, this.#open);
    const sent = await this.#io.sendRtp(plan, longer, this.#signal, (count) => {
      this.#io.say(live.next(count), "kept");
      const now = this.#io.clock.mono();
      for (const { reports } of this.#open) reports.tick(now, Math.floor(count / this.#open.length));
    });
    this.#signal.throwIfAborted();
    // Once more at the end, so that what the far end says of it is of the whole stream.
    const ended = this.#io.clock.mono();
    for (const { reports, farEnd } of this.#open) if (farEnd.mirror) reports.report(ended, longer.count);
    await tail(this.#open, this.#io, this.#signal);
    const totals = await this.hangUp();
    return {
      ok: true,
      streams: this.#open.map((stream, i) =>
        finish(stream, { sent, index: i, keys: keys[i] ?? noKeys, header: totals[i] }, this.#parts),
      ),
      farEnds: this.#open.map(({ farEnd }) => farEnd),
      server: serverOf(this.#open[0]?.answer),
      pace: paceFigures(sent),
      load: sent.load,
      noStamps: sent.noStamps,
      dscp: sent.tosSet ? this.#parts.dscp : undefined,
      listens: this.#open.every(({ reports }) => reports.listens),
      icmp: this.#icmp,
    };
  }

  /** Once; what each far end answered to BYE. */
  hangUp(): Promise<readonly (string | undefined)[]> {
    this.#totals ??= Promise.all(this.#open.map(({ call }) => call.hangUp().catch(() => undefined)));
    return this.#totals;
  }
}

/** Socket and channel go onto the stack, to be closed after the calls are hung up. */
async function openStream(
  parts: RunParts,
  index: number,
  io: AgentIo,
  signal: AbortSignal,
  opened: AsyncDisposableStack,
  icmp: Map<string, number>,
): Promise<OpenStream | NoMedia> {
  const { address, port, transport } = parts;
  let channel: SipChannel;
  try {
    channel = await openSipChannel(
      io,
      { transport, address, port, serverName: parts.host, timeout: 5000 },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "connect", error: error as NodeJS.ErrnoException };
  }
  const resources = new AsyncDisposableStack();
  resources.use(channel);
  const socket = resources.use(await io.openRtp(channel.local.address, parts.ports?.[index]));
  opened.use(resources);
  const own = newOwnStream(parts, wallEpoch(io.clock));
  const codec = mediaCodecs[parts.codec];
  const suites = parts.srtp ? (["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const) : [];
  const masters = suites.map((suite) => newSrtpMaster(suite, randomBytes));
  const offer = writeOffer({
    address: socket.localAddress,
    port: socket.localPort,
    codec,
    masters,
    loopback: parts.loopback,
    dscp: parts.dscp,
    packetTime: parts.packetTime,
    ssrc: own.ssrc,
    sessionId: randomInt(1, 2 ** 31),
  });
  const placed = await placeCall(channel, { ...parts, offer, clock: io.clock }, signal);
  if (!placed.ok) return { kind: "sip", end: placed.end };
  const farEnd = readAnswer(Buffer.from(placed.answer.body).toString("utf8"), {
    codec,
    masters,
    text: offer,
  });
  if (!farEnd.ok) {
    await placed.call.hangUp();
    return { kind: "answer", why: mismatchSentence(farEnd.why), response: placed.answer };
  }
  const log = new StreamLog(own, farEnd.value);
  await socket.connect(farEnd.value.address, farEnd.value.port);
  socket.listen(
    (datagram) => log.take(datagram),
    ({ code = "?" }) => icmp.set(code, (icmp.get(code) ?? 0) + 1),
  );
  const startedAt = io.clock.mono();
  const reports = resources.use(
    await ReportSide.open(
      {
        socket,
        farEnd: farEnd.value,
        log,
        timestampAt: (mono) => own.timestamp + Math.round(((mono - startedAt) * codec.clock) / 1000),
        octetsPerPacket: codec.payload(parts.packetTime).length,
        random: () => randomInt(0x1_0000) / 0x1_0000,
      },
      io,
    ),
  );
  const { call, answer } = placed;
  return { channel, socket, own, log, reports, farEnd: farEnd.value, call, answer };
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

function paceOf({ seconds, packetTime, codec, dscp }: RunParts) {
  const samplesPerPacket = (packetTime * mediaCodecs[codec].clock) / 1000;
  return { packetTime, count: Math.round((seconds * 1000) / packetTime), samplesPerPacket, tos: dscp << 2 };
}

const noKeys: KeyPlan = { packets: [], keys: "" };
const keysStartMs = 500;

/** Keys go where the far end takes them, half a second after the start and clear of the end. */
function keysFor({ eventType }: FarEnd, parts: RunParts): KeyPlan {
  if (eventType === undefined || parts.keys === "") return noKeys;
  const { packetTime, count, samplesPerPacket } = paceOf(parts);
  const first = Math.ceil(keysStartMs / packetTime);
  return planKeys(parts.keys, { ms: packetTime, ticks: samplesPerPacket, first, last: count - 1 });
}

function outgoing(
  { socket, own, farEnd }: OpenStream,
  { codec: name, packetTime }: RunParts,
  { packets }: KeyPlan,
): RtpOutgoing {
  const codec: MediaCodec = mediaCodecs[name];
  return {
    socket,
    address: farEnd.address,
    port: farEnd.port,
    // What the far end calls the format is what it expects (RFC 3264 6.1).
    payloadType: farEnd.mode === "echo" ? farEnd.payloadType : codec.payloadType,
    ssrc: own.ssrc,
    sequence: own.sequence,
    timestamp: own.timestamp,
    payload: codec.payload(packetTime),
    markAt: codec.head,
    ...(farEnd.eventType === undefined || packets.length === 0
      ? {}
      : { events: { payloadType: farEnd.eventType, packets } }),
    ...(farEnd.protection === undefined ? {} : { protection: farEnd.protection.ours }),
  };
}

/** One line a second for a person who waits: what this second was like, and what it comes to. */
class LiveLine {
  readonly #parts: RunParts;
  readonly #open: readonly OpenStream[];
  #before = { sent: 0, back: 0 };

  constructor(parts: RunParts, open: readonly OpenStream[]) {
    this.#parts = parts;
    this.#open = open;
  }

  next(sent: number): string {
    const total = paceOf(this.#parts).count * this.#open.length;
    const back = this.#open.reduce((sum, { log }) => sum + log.received, 0);
    const [out, came] = [sent - this.#before.sent, back - this.#before.back];
    this.#before = { sent, back };
    const jitter = this.#open.reduce((most, { log }) => Math.max(most, log.reporter.jitter), 0);
    // Under 80 columns even with 200 streams of a minute; the host was named when it was called.
    return (
      `RTP ${String(Math.min(sent, total)).padStart(6)}/${total} sent, ${String(back).padStart(6)} back` +
      ` · now ${out} out, ${came} in · jitter ${jitter.toFixed(1)} ms`
    );
  }
}

/** Waits for what is still on its way, no longer than it takes. */
async function tail(open: readonly OpenStream[], io: AgentIo, signal: AbortSignal): Promise<void> {
  const end = io.clock.mono() + tailMs;
  while (io.clock.mono() < end && open.some(({ log }) => !log.complete)) await io.clock.sleep(20, signal);
}

function finish(
  stream: OpenStream,
  {
    sent,
    index,
    keys,
    header,
  }: {
    readonly sent: RtpSent;
    readonly index: number;
    readonly keys: KeyPlan;
    /** Totals of the mirror. */
    readonly header: string | undefined;
  },
  { codec }: RunParts,
): FinishedStream {
  const totals = header === undefined ? undefined : decodeMirrorTotals(header);
  return {
    mode: stream.farEnd.mode,
    clock: mediaCodecs[codec].clock,
    port: stream.socket.localPort,
    farPort: stream.farEnd.port,
    log: stream.log,
    keys,
    sentInAll: sent.sentAt[index]?.length ?? 0,
    sentAt: sent.sentAt[index]?.slice(0, stream.own.count) ?? [],
    totals: totals?.ok === true ? totals.value : undefined,
  };
}

function isOffhookMirror(answer: SipResponse | undefined): boolean {
  return serverOf(answer) === mirrorProduct;
}

function serverOf(answer: SipResponse | undefined): string | undefined {
  return answer === undefined
    ? undefined
    : (headerValue(answer, "Server") ?? headerValue(answer, "User-Agent"));
}

function paceFigures({ lateness, sendErrors }: RtpSent) {
  const at = (p: number) => percentile(lateness, p) ?? 0;
  return { p50: at(50), p99: at(99), max: at(100), errors: sendErrors };
}
