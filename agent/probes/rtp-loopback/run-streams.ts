import { decodeMirrorTotals, mirrorProduct } from "../../../protocol/rtp/mirror-totals.ts";
import { mediaCodecs } from "../../../protocol/rtp/media-codec.ts";
import type { KeyPlan } from "../../../protocol/rtp/telephone-event.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import { headerValue, type SipResponse } from "../../../protocol/sip/message.ts";
import type { OwnLoad } from "../../io/rtp/own-load.ts";
import type { AgentIo } from "../../io/io.ts";
import type { RtpSent } from "../../io/rtp/rtp-sender.ts";
import { LiveLine } from "./live-line.ts";
import type { FinishedStream } from "./media-figures.ts";
import type { FarEnd } from "./offer.ts";
import { openStream, type NoMedia, type OpenStream } from "./open-stream.ts";
import { keysFor, noKeys, outgoing } from "./outgoing.ts";
import { paceOf, type RunParts } from "./run-parts.ts";

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
    const shared = {
      io: { ...this.#io, openRtp: this.#openRtp },
      signal: this.#signal,
      opened: this.#opened,
      icmp: this.#icmp,
    };
    const placed = await Promise.allSettled(indexes.map((index) => openStream(this.#parts, index, shared)));
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
