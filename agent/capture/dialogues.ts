import { headerValue, type SipMessage } from "../../protocol/sip/message.ts";
import { codecNames } from "./announced-media.ts";
import type { Dialogue, Exchange, LadderStep } from "./dialogue.ts";
import { leaksOf } from "./nat-leaks.ts";
import { kept, partyOf, uriOf, type Hop, type SeenMessage } from "./seen-message.ts";

/** What is kept of a capture of any length. */
const limits = { dialogues: 5000, steps: 80, exchanges: 60, described: 20, marks: 40 };
/** RFC 3261's T1 is 500 ms: the same message sooner than this is one packet captured at two places. */
const sooner = 100;

/** Sorts messages into dialogues by Call-ID, and requests with their responses into exchanges by Via branch and CSeq. */
export class Dialogues {
  readonly #byCallId = new Map<string, Dialogue>();
  /** Messages of dialogues beyond those that are kept. */
  unkept = 0;
  messages = 0;

  get all(): readonly Dialogue[] {
    return [...this.#byCallId.values()];
  }

  add(seen: SeenMessage): Dialogue | undefined {
    this.messages += 1;
    const dialogue = this.#byCallId.get(seen.callId) ?? this.#open(seen);
    if (dialogue === undefined) {
      this.unkept += 1;
      return undefined;
    }
    dialogue.lastAt = seen.at;
    const repeats =
      seen.message.kind === "request" ? addRequest(dialogue, seen) : addResponse(dialogue, seen);
    if (repeats === undefined) noteContent(dialogue, seen);
    addStep(dialogue, seen, repeats);
    return dialogue;
  }

  #open(seen: SeenMessage): Dialogue | undefined {
    if (this.#byCallId.size >= limits.dialogues) return undefined;
    const agent = headerValue(seen.message, "User-Agent");
    const dialogue: Dialogue = {
      index: this.#byCallId.size + 1,
      callId: seen.callId,
      method: seen.method,
      from: partyOf(seen.message, "From"),
      to: partyOf(seen.message, "To"),
      firstAt: seen.at,
      lastAt: seen.at,
      steps: [],
      unkept: 0,
      exchanges: [],
      described: [],
      leaks: [],
      twice: [],
      twoWays: [],
      sdesInClear: [],
      dtmfInfo: 0,
      ...(agent === undefined ? {} : { userAgent: kept(agent.slice(0, 80)) }),
    };
    this.#byCallId.set(seen.callId, dialogue);
    return dialogue;
  }
}

/** @returns the packet that this one repeats */
function addRequest(dialogue: Dialogue, seen: SeenMessage): number | undefined {
  const same = dialogue.exchanges.findLast((each) => isOf(each, seen) && each.source === seen.source);
  if (seen.method === "ACK") return acknowledge(dialogue, seen);
  if (same !== undefined) {
    const again = seen.at - same.at >= sooner;
    if (again) mark(same.again, seen.number);
    else noteTwice(dialogue, same, seen);
    // One that was under way when the answer left proves nothing.
    const answeredAt = (same.provisional ?? same.final)?.at ?? Number.POSITIVE_INFINITY;
    if (again && seen.at - answeredAt > sooner) mark(same.againAnswered, seen.number);
    return same.number;
  }
  if (dialogue.exchanges.length >= limits.exchanges) dialogue.exchanges.splice(1, 1);
  dialogue.exchanges.push({
    method: seen.method,
    cseq: seen.cseq,
    number: seen.number,
    at: seen.at,
    source: seen.source,
    destination: seen.destination,
    carrier: seen.carrier,
    ...(seen.hop === undefined ? {} : { hop: seen.hop }),
    withCredentials: hasCredentials(seen.message),
    again: [],
    againAnswered: [],
    answeredAgain: [],
    branch: seen.branch,
  });
  return undefined;
}

/** A copy with one hop less is the packet behind a router that was captured on both sides: no second way. */
function noteTwice(dialogue: Dialogue, first: { number: number; hop?: Hop }, copy: SeenMessage): void {
  mark(dialogue.twice, copy.number);
  const [a, b] = [first.hop, copy.hop];
  if (a === undefined || b === undefined || a.id !== b.id || b.ttl === a.ttl || b.ttl === a.ttl - 1) return;
  if (dialogue.twoWays.length < limits.marks)
    dialogue.twoWays.push({ numbers: [first.number, copy.number], ttls: `${a.ttl} and ${b.ttl}` });
}

const isOf = (exchange: Exchange, seen: SeenMessage) =>
  exchange.branch === seen.branch && exchange.cseq === seen.cseq && exchange.method === seen.method;

/** An ACK of a 2xx has a branch of its own (RFC 3261 17.1.1.3): the CSeq's number finds its INVITE, on its hop first. */
function acknowledge(dialogue: Dialogue, seen: SeenMessage): number | undefined {
  const invites = dialogue.exchanges.filter(({ method, cseq }) => method === "INVITE" && cseq === seen.cseq);
  const hop = invites.filter(
    ({ source, destination }) => source === seen.source && destination === seen.destination,
  );
  const before = invites[0]?.acknowledged;
  for (const invite of hop.length > 0 ? hop : invites) invite.acknowledged ??= seen.number;
  return hop.length > 0 && before !== undefined && hop[0]?.acknowledged === before ? before : undefined;
}

function addResponse(dialogue: Dialogue, seen: SeenMessage): number | undefined {
  const { message } = seen;
  if (message.kind !== "response") return undefined;
  const exchange = dialogue.exchanges.findLast(
    (each) => isOf(each, seen) && each.source === seen.destination,
  );
  const found = exchange ?? dialogue.exchanges.findLast((each) => isOf(each, seen));
  if (found === undefined) return undefined;
  if (message.code < 200) {
    if (found.provisional === undefined || found.provisional.code < message.code)
      found.provisional = { code: message.code, number: seen.number, at: seen.at };
    return undefined;
  }
  if (found.final !== undefined) {
    if (seen.at - found.final.at < sooner) noteTwice(dialogue, found.final, seen);
    else mark(found.answeredAgain, seen.number);
    return found.final.number;
  }
  found.final = {
    code: message.code,
    reason: kept(message.reason.slice(0, 80)),
    number: seen.number,
    at: seen.at,
    source: seen.source,
    ...(seen.hop === undefined ? {} : { hop: seen.hop }),
  };
  noteFinal(dialogue, found, message);
  return undefined;
}

function noteFinal(dialogue: Dialogue, exchange: Exchange, message: SipMessage): void {
  const code = exchange.final?.code ?? 0;
  const text = (name: string) => {
    const value = headerValue(message, name);
    return value === undefined ? undefined : kept(value.slice(0, 200));
  };
  const warning = text("Warning");
  const server = text("Server") ?? text("User-Agent");
  if (warning !== undefined) exchange.warning = warning;
  if (server !== undefined) exchange.server = server;
  const retryAfter = Number.parseInt(text("Retry-After") ?? "", 10);
  if (!Number.isNaN(retryAfter)) exchange.retryAfter = retryAfter;
  const challenge =
    headerValue(message, "WWW-Authenticate") ?? headerValue(message, "Proxy-Authenticate") ?? "";
  exchange.stale = /\bstale\s*=\s*"?true/i.test(challenge);
  if (code >= 300) return;
  const contact = uriOf(message, "Contact")?.host;
  if (contact !== undefined) exchange.contact = kept(contact);
  if (exchange.method === "REGISTER") noteExpires(dialogue, message);
  const session = /^(\d+)(?:.*;\s*refresher\s*=\s*(\w+))?/.exec(
    headerValue(message, "Session-Expires") ?? "",
  );
  if (session !== null && exchange.final !== undefined)
    dialogue.session = {
      seconds: Number(session[1]),
      refresher: kept(session[2] ?? "uas"),
      number: exchange.final.number,
    };
}

function noteExpires(dialogue: Dialogue, message: SipMessage): void {
  const contact = /;\s*expires\s*=\s*(\d+)/i.exec(headerValue(message, "Contact") ?? "")?.[1];
  const seconds = Number.parseInt(contact ?? headerValue(message, "Expires") ?? "", 10);
  if (!Number.isNaN(seconds)) dialogue.expires = seconds;
}

/** What a message says of media and addresses, once: its repetitions say the same. */
function noteContent(dialogue: Dialogue, seen: SeenMessage): void {
  for (const leak of leaksOf(seen))
    if (
      dialogue.leaks.length < limits.marks &&
      !dialogue.leaks.some(
        (each) =>
          each.field === leak.field &&
          each.address === leak.address &&
          each.packetSource === leak.packetSource,
      )
    )
      dialogue.leaks.push(leak);
  if (
    seen.method === "INFO" &&
    seen.message.kind === "request" &&
    /dtmf/i.test(headerValue(seen.message, "Content-Type") ?? "")
  )
    dialogue.dtmfInfo += 1;
  const [media] = seen.media;
  if (media === undefined) return;
  const inClear = /^v=0[\s\S]*^a=crypto:/m.test(Buffer.from(seen.message.body).toString("latin1"));
  if (inClear) mark(dialogue.sdesInClear, seen.number);
  if (dialogue.described.length < limits.described)
    dialogue.described.push({
      number: seen.number,
      at: seen.at,
      source: seen.source,
      media,
      role: roleOf(dialogue, seen),
    });
}

/** RFC 3264 in SIP: a request offers, its response answers; where the request said nothing, the response offers. */
function roleOf(dialogue: Dialogue, seen: SeenMessage): "offer" | "answer" {
  if (seen.message.kind === "request")
    return seen.method === "ACK" || seen.method === "PRACK" ? "answer" : "offer";
  const asked = dialogue.exchanges.filter(({ cseq, method }) => cseq === seen.cseq && method === seen.method);
  const offered = dialogue.described.some(({ number }) => asked.some((each) => each.number === number));
  return offered ? "answer" : "offer";
}

function addStep(dialogue: Dialogue, seen: SeenMessage, repeats: number | undefined): void {
  if (dialogue.steps.length >= limits.steps) {
    dialogue.unkept += 1;
    return;
  }
  const step: LadderStep = {
    number: seen.number,
    at: seen.at,
    source: seen.source,
    destination: seen.destination,
    label: labelOf(seen),
    note: noteOf(seen),
    ...(repeats === undefined ? {} : { repeats }),
  };
  dialogue.steps.push(step);
}

function labelOf({ message, method }: SeenMessage): string {
  if (message.kind === "response") return kept(`${message.code} ${message.reason}`.slice(0, 60));
  return hasCredentials(message) ? `${method} (credentials)` : method;
}

function noteOf({ message, media }: SeenMessage): string {
  const [audio] = media;
  const notes: string[] = [];
  if (audio !== undefined) {
    const codecs = codecNames(audio).join(", ");
    const protection =
      audio.protection === "none" ? "" : `, ${audio.protection === "sdes" ? "SRTP" : "DTLS-SRTP"}`;
    const direction = audio.direction === "sendrecv" ? "" : `, ${audio.direction}`;
    notes.push(
      audio.port === 0
        ? "audio refused"
        : `${codecs} at ${audio.address}:${audio.port}${direction}${protection}`,
    );
  }
  const session = headerValue(message, "Session-Expires");
  if (session !== undefined) notes.push(`Session-Expires ${kept(session.slice(0, 40))}`);
  return notes.join("; ");
}

function hasCredentials(message: SipMessage): boolean {
  return message.headers.some(({ name }) => name === "Authorization" || name === "Proxy-Authorization");
}

function mark(list: number[], number: number): void {
  if (list.length < limits.marks) list.push(number);
}
