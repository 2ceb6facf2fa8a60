import { createHmac, randomBytes } from "node:crypto";
import { encodeInwardCall, inwardHeader, withCopy } from "../../protocol/alg/inward-call.ts";
import { headerValue, type SipHeader, type SipRequest } from "../../protocol/sip/message.ts";
import { newBranch, newCallId, newTag } from "../../protocol/sip/request.ts";
import type { Datagram } from "../io/udp/udp.ts";
import { packBytes } from "./mirror-echo.ts";
import type { Endpoint } from "./mirror-call.ts";
import { PerSecond } from "./per-second.ts";

// A call from outside, for who asks for it from the very place that it goes to: a first question gets a word that is good
// for its address and port alone, a second one with that word gets one INVITE. So nobody can have strangers' phones ring.

const wordLifeMs = 10_000;
const callsPerSecond = 20;

export class MirrorInward {
  readonly #key = randomBytes(32);
  readonly #limit = new PerSecond(callsPerSecond);

  /** The request wants a call, and has the word for it. Lower ports are other services', never a phone's. */
  grants(request: SipRequest, from: Endpoint, now: number): boolean {
    const word = headerValue(request, inwardHeader);
    if (word === undefined || from.port < 1024) return false;
    const right = [now, now - wordLifeMs].some((at) => word === this.#word(from, at));
    return right && this.#limit.takes(now);
  }

  /** What the answer to a first question has beside the usual. */
  headers(request: SipRequest, from: Endpoint, now: number): SipHeader[] {
    const asks = headerValue(request, inwardHeader) === "ask";
    return asks ? [{ name: inwardHeader, value: this.#word(from, now) }] : [];
  }

  #word({ address, port }: Endpoint, now: number): string {
    const text = `${Math.floor(now / wordLifeMs)} ${address} ${port}`;
    return createHmac("sha256", this.#key).update(text).digest("hex").slice(0, 32);
  }
}

/** The one INVITE, with its own copy in it; undefined where it would be larger than the question. */
export function inwardCall(question: Datagram, own: Endpoint): Uint8Array | undefined {
  const invite = encodeInwardCall({
    to: { address: question.address, port: question.port },
    from: own,
    branch: newBranch(randomBytes),
    tag: newTag(randomBytes),
    callId: newCallId(randomBytes),
  });
  const message = withCopy(invite, packBytes(invite));
  return message.length > question.bytes.length ? undefined : message;
}
