import { randomInt } from "node:crypto";
import { decodeMirrorTotals } from "../../../protocol/rtp/mirror-totals.ts";
import { encodeG711, g711PayloadType, toneSamples, type G711Law } from "../../../protocol/rtp/g711.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { headerValue, type SipResponse } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import type { AgentIo } from "../../io/io.ts";
import type { RtpOutgoing, RtpSent, RtpSocket } from "../../io/rtp-sender.ts";
import { openSipChannel, type SipChannel } from "../../io/sip-channel.ts";
import type { SipExchange } from "../../io/sip-transaction.ts";
import type { FinishedStream } from "./media-figures.ts";
import { readAnswer, writeOffer, type FarEnd } from "./offer.ts";
import { placeCall, type OpenCall } from "./place-call.ts";
import { StreamLog, type OwnStream } from "./stream-log.ts";
import { mismatchSentence } from "../../../protocol/decoded.ts";

export interface RunParts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly extension: string;
  readonly account: DigestAccount | undefined;
  readonly codec: G711Law;
  readonly seconds: number;
  /** ms. */
  readonly packetTime: number;
  readonly streams: number;
  /** How long a call may ring, ms. */
  readonly patience: number;
}

/** Why there was no media. */
export type NoMedia =
  | { readonly kind: "sip"; readonly end: SipExchange["end"] }
  | { readonly kind: "connect"; readonly error: NodeJS.ErrnoException }
  | { readonly kind: "answer"; readonly why: string; readonly response: SipResponse };

export type RunResult =
  | { readonly ok: false; readonly why: NoMedia }
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
  readonly answer: SipResponse;
}

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
  #totals: Promise<readonly (string | undefined)[]> | undefined;

  constructor(parts: RunParts, io: AgentIo, signal: AbortSignal, opened: AsyncDisposableStack) {
    this.#parts = parts;
    this.#io = io;
    this.#signal = signal;
    this.#opened = opened;
  }

  /** Places all calls; why not, if one of them fails. */
  async open(): Promise<RunResult | undefined> {
    for (let i = 0; i < this.#parts.streams; i += 1) {
      const stream = await openStream(this.#parts, this.#io, this.#signal, this.#opened, this.#icmp);
      if ("kind" in stream) return { ok: false, why: stream };
      this.#open.push(stream);
    }
    return undefined;
  }

  async stream(): Promise<RunResult> {
    const plan = this.#open.map((stream) => outgoing(stream, this.#parts));
    const pace = paceOf(this.#parts);
    const echo = this.#open.some(({ farEnd }) => farEnd.mode === "echo");
    const longer = { ...pace, count: pace.count + (echo ? runOutPackets : 0) };
    const sent = await this.#io.sendRtp(plan, longer, this.#signal, (count) =>
      this.#io.say(progress(this.#parts, count, this.#open)),
    );
    this.#signal.throwIfAborted();
    await tail(this.#open, this.#io, this.#signal);
    const totals = await this.hangUp();
    return {
      ok: true,
      streams: this.#open.map((stream, i) => finish(stream, sent, i, totals[i])),
      farEnds: this.#open.map(({ farEnd }) => farEnd),
      server: serverOf(this.#open[0]?.answer),
      pace: paceFigures(sent),
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
  const socket = resources.use(await io.openRtp(channel.local.address));
  opened.use(resources);
  const own = newOwnStream(parts);
  const offer = writeOffer({
    address: socket.localAddress,
    port: socket.localPort,
    codec: parts.codec,
    packetTime: parts.packetTime,
    ssrc: own.ssrc,
    sessionId: randomInt(1, 2 ** 31),
  });
  const placed = await placeCall(channel, { ...parts, offer, clock: io.clock }, signal);
  if (!placed.ok) return { kind: "sip", end: placed.end };
  const farEnd = readAnswer(Buffer.from(placed.answer.body).toString("utf8"), parts.codec);
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
  return { channel, socket, own, log, farEnd: farEnd.value, call: placed.call, answer: placed.answer };
}

function newOwnStream(parts: RunParts): OpenStream["own"] {
  return {
    ssrc: randomInt(0x1_0000_0000),
    sequence: randomInt(0x1_0000),
    timestamp: randomInt(0x1_0000_0000),
    count: paceOf(parts).count,
  };
}

function paceOf({ seconds, packetTime }: RunParts) {
  return { packetTime, count: Math.round((seconds * 1000) / packetTime), samplesPerPacket: packetTime * 8 };
}

function outgoing({ socket, own, farEnd }: OpenStream, { codec, packetTime }: RunParts): RtpOutgoing {
  return {
    socket,
    address: farEnd.address,
    port: farEnd.port,
    payloadType: g711PayloadType[codec],
    ssrc: own.ssrc,
    sequence: own.sequence,
    timestamp: own.timestamp,
    // 400 Hz has whole periods in 10 ms, so that one payload serves all packets.
    payload: encodeG711(codec, toneSamples(400, 0, packetTime * 8)),
  };
}

function progress(parts: RunParts, sent: number, open: readonly OpenStream[]): string {
  const total = paceOf(parts).count * parts.streams;
  const back = open.reduce((sum, { log }) => sum + log.received, 0);
  return `RTP to ${parts.host}: ${sent} of ${total} packets sent, ${back} back`;
}

/** Waits for what is still on its way, no longer than it takes. */
async function tail(open: readonly OpenStream[], io: AgentIo, signal: AbortSignal): Promise<void> {
  const end = io.clock.mono() + tailMs;
  while (io.clock.mono() < end && open.some(({ log }) => !log.complete)) await io.clock.sleep(20, signal);
}

function finish(
  stream: OpenStream,
  sent: RtpSent,
  index: number,
  header: string | undefined,
): FinishedStream {
  const totals = header === undefined ? undefined : decodeMirrorTotals(header);
  return {
    mode: stream.farEnd.mode,
    log: stream.log,
    sentAt: sent.sentAt[index]?.slice(0, stream.own.count) ?? [],
    totals: totals?.ok === true ? totals.value : undefined,
  };
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
