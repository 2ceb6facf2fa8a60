import { openUdp, type UdpSocket } from "../../agent/io/udp/udp.ts";
import { decodeSdp, encodeSdp } from "../../protocol/sdp/session.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import {
  cseqOf,
  headerValue,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "../../protocol/sip/message.ts";
import { buildResponse } from "../../protocol/sip/response.ts";
import { buildRequest } from "../../protocol/sip/request.ts";

/** How a callee answers. */
export interface CalleeScript {
  /** Encodings it takes, by name in lower case, best first; absent: what is offered. */
  readonly codecs?: readonly string[];
  readonly profiles?: readonly string[];
  /** Answers every INVITE so. */
  readonly refuse?: {
    readonly code: number;
    readonly reason?: string;
    readonly headers?: readonly SipHeader[];
  };
  /** Rings and never answers. */
  readonly ringsOn?: true;
  /** T1 of the repeats of its answer, ms. */
  readonly t1?: number;
  /** Acts as if no ACK came. */
  readonly deafToAck?: true;
  /** Hangs up after so many repeats of its answer. */
  readonly givesUpAfter?: number;
  /** Smallest session interval, s; a shorter wish gets 422. */
  readonly minSession?: number;
  /** Session-Expires of its answer. */
  readonly session?: string;
  /** Refreshes itself so long after the ACK, ms. */
  readonly refreshAfter?: number;
  readonly answerToRefresh?: number;
}

/** A callee of one call at a time over UDP, on loopback: rings, answers, echoes media, and misbehaves on demand. */
export class FakeCallee implements AsyncDisposable {
  readonly requests: SipRequest[] = [];
  /** Final answers to what the callee asked itself. */
  readonly answers: SipResponse[] = [];
  readonly #signalling: UdpSocket;
  readonly #media: UdpSocket;
  readonly #timers = new Set<NodeJS.Timeout>();
  script: CalleeScript;
  #invite: SipRequest | undefined;
  #acked = false;
  #peer = { address: "127.0.0.1", port: 0 };

  /** Use `startCallee`. */
  constructor(signalling: UdpSocket, media: UdpSocket, script: CalleeScript) {
    this.#signalling = signalling;
    this.#media = media;
    this.script = script;
    media.listen(
      ({ bytes, address, port }) => void media.send(bytes, port, address).catch(() => undefined),
      () => undefined,
    );
    signalling.listen(
      ({ bytes, address, port }) => {
        const received = decodeSip(bytes);
        if (!received.ok) return;
        this.#peer = { address, port };
        const { message } = received.value;
        if (message.kind === "request") this.#request(message);
        else if (message.code >= 200) this.answers.push(message);
      },
      () => undefined,
    );
  }

  get port(): number {
    return this.#signalling.localPort;
  }

  #request(request: SipRequest): void {
    this.requests.push(request);
    switch (request.method) {
      case "INVITE":
        if (headerValue(request, "To")?.includes("tag=") === true) this.#answerRefresh(request);
        else this.#ring(request);
        return;
      case "ACK":
        this.#heardAck();
        return;
      case "CANCEL":
        this.#send(request, { code: 200 });
        if (this.#invite !== undefined) this.#send(this.#invite, { code: 487 });
        return;
      case "UPDATE":
        this.#answerRefresh(request);
        return;
      default:
        this.#acked = true;
        this.#send(request, { code: 200 });
    }
  }

  #heardAck(): void {
    if (this.script.deafToAck === true) return;
    const first = !this.#acked;
    this.#acked = true;
    if (first && this.script.refreshAfter !== undefined) {
      this.#after(this.script.refreshAfter, () => this.#ask("UPDATE"));
    }
  }

  #ring(invite: SipRequest): void {
    this.#invite = invite;
    this.#acked = false;
    const { refuse, minSession, ringsOn } = this.script;
    this.#send(invite, { code: 100 });
    const wish = Number.parseInt(headerValue(invite, "Session-Expires") ?? "0", 10);
    if (minSession !== undefined && wish > 0 && wish < minSession) {
      this.#send(invite, {
        code: 422,
        reason: "Session Interval Too Small",
        headers: [{ name: "Min-SE", value: String(minSession) }],
      });
      return;
    }
    if (refuse !== undefined) return this.#send(invite, refuse);
    const answer = this.#describe(invite);
    if (answer === undefined) {
      const headers = [{ name: "Warning", value: '305 callee "no codec in common"' }];
      return this.#send(invite, { code: 488, headers });
    }
    this.#send(invite, { code: 180 });
    if (ringsOn !== true) this.#accept(invite, answer, 0);
  }

  #accept(invite: SipRequest, answer: string, repeats: number): void {
    if (this.#acked) return;
    const { t1 = 500, givesUpAfter, session } = this.script;
    if (givesUpAfter !== undefined && repeats > givesUpAfter) return this.#ask("BYE");
    this.#send(invite, {
      code: 200,
      headers: [
        { name: "Contact", value: `<sip:callee@127.0.0.1:${this.port}>` },
        { name: "Allow", value: "INVITE, ACK, BYE, UPDATE" },
        ...(session === undefined ? [] : [{ name: "Session-Expires", value: session }]),
      ],
      body: { type: "application/sdp", bytes: Buffer.from(answer) },
    });
    this.#after(t1 * 2 ** repeats, () => this.#accept(invite, answer, repeats + 1));
  }

  /** The answer to an offer, in the callee's own order; undefined without anything in common. */
  #describe(invite: SipRequest): string | undefined {
    const offer = decodeSdp(Buffer.from(invite.body).toString());
    const media = offer.ok ? offer.value.media[0] : undefined;
    if (media === undefined) return undefined;
    const { codecs, profiles } = this.script;
    if (profiles !== undefined && !profiles.includes(media.profile)) return undefined;
    const offered = media.lines.flatMap(
      ({ value }) => /^rtpmap:(\d+) ([^/]+)/.exec(value)?.slice(1, 3) ?? [],
    );
    const named = new Map<string, string>();
    for (let i = 0; i < offered.length; i += 2)
      named.set((offered[i + 1] ?? "").toLowerCase(), offered[i] ?? "");
    const wanted = (codecs ?? [...named.keys()]).filter(
      (name) => named.has(name) && name !== "telephone-event",
    );
    if (wanted.length === 0) return undefined;
    const formats = [...wanted, "telephone-event"].flatMap((name) => named.get(name) ?? []);
    return encodeSdp({
      lines: [
        { type: "v", value: "0" },
        { type: "o", value: "- 1 1 IN IP4 127.0.0.1" },
        { type: "s", value: "-" },
        { type: "c", value: "IN IP4 127.0.0.1" },
        { type: "t", value: "0 0" },
      ],
      media: [
        {
          kind: "audio",
          port: this.#media.localPort,
          profile: media.profile,
          formats,
          lines: media.lines.filter(
            ({ value }) =>
              value.startsWith("crypto:") ||
              (value.startsWith("rtpmap:") && formats.includes(/\d+/.exec(value)?.[0] ?? "")),
          ),
        },
      ],
    });
  }

  #answerRefresh(request: SipRequest): void {
    this.#send(request, { code: this.script.answerToRefresh ?? 200 });
  }

  #ask(method: string): void {
    const invite = this.#invite;
    if (invite === undefined) return;
    const uriOf = (name: string): string => /<([^>]+)>/.exec(headerValue(invite, name) ?? "")?.[1] ?? "";
    const request = buildRequest({
      method,
      uri: uriOf("Contact"),
      transport: "udp",
      local: { address: "127.0.0.1", port: this.port },
      from: uriOf("To"),
      to: uriOf("From"),
      callId: headerValue(invite, "Call-ID") ?? "",
      fromTag: "callee",
      toTag: /tag=(\w+)/.exec(headerValue(invite, "From") ?? "")?.[1] ?? "",
      cseq: (cseqOf(invite)?.number ?? 1) + 100,
      branch: `z9hG4bK${method}${this.requests.length}`,
      userAgent: "Example Callee",
      headers: method === "UPDATE" ? [{ name: "Session-Expires", value: this.script.session ?? "90" }] : [],
    });
    this.#out(encodeSip(request));
  }

  #send(request: SipRequest, parts: Omit<Parameters<typeof buildResponse>[2], "toTag">): void {
    this.#out(encodeSip(buildResponse(request, this.#peer, { ...parts, toTag: "callee" })));
  }

  #out(bytes: Uint8Array): void {
    void this.#signalling.send(bytes, this.#peer.port, this.#peer.address).catch(() => undefined);
  }

  #after(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }

  /** Comes back when a request of this method has come. */
  async heard(method: string): Promise<void> {
    while (!this.requests.some((request) => request.method === method)) await new Promise(setImmediate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#signalling[Symbol.asyncDispose]();
    await this.#media[Symbol.asyncDispose]();
  }
}

export async function startCallee(script: CalleeScript = {}): Promise<FakeCallee> {
  const local = { localAddress: "127.0.0.1" };
  return new FakeCallee(await openUdp(local), await openUdp(local), script);
}
