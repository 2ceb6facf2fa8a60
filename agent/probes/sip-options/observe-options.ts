import type { Observation, Outcome } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import { defectSentence } from "../../../protocol/sip/defect.ts";
import { headerValue, headerValues, type SipResponse } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { decodeVia } from "../../../protocol/sip/via.ts";
import type { SipExchange } from "../../io/sip/sip-transaction.ts";
import { silentTls } from "../../io/stream/stream.ts";
import { certificateWanted, isNoTls, tlsErrorWords } from "../../io/tls/tls-error.ts";
import type { TlsFacts } from "../../io/tls/tls-facts.ts";
import { certificateFit } from "../../../protocol/sip/certificate-fit.ts";
import type { Asked } from "./ask-options.ts";

/** How the look was made: the transport, and what came before it (addresses that did not answer). */
export interface Look {
  readonly transport: SipTransport;
  readonly note: string;
}

/** What the exchanges of one look say (the last answered one counts, else the last). */
export function observeAsked(asked: readonly Asked[], look: Look, observe: Observe): Observation[] {
  const best = asked.findLast(({ exchange }) => exchange.end.kind === "final") ?? asked.at(-1);
  if (best === undefined) return [];
  const { end } = best.exchange;
  const retrans = asked.reduce((sum, { exchange }) => sum + exchange.sentAt.length - 1, 0);
  const observations = [
    observe("sip.retrans", retrans),
    observe("sip.size", best.size),
    observe("sip.auth.stage", best.stage, unsupportedNote(best)),
    observe("sip.defects", defectsOf(asked)),
  ];
  if (end.kind === "final") {
    return [
      ...observeResponse(end.response, look.note, observe),
      ...observeRtt(asked, observe),
      ...observations,
    ];
  }
  return [...observeNoAnswer(best.exchange, look, observe), ...observations];
}

function unsupportedNote({ unsupported }: Asked): { evidence?: string } {
  return unsupported.length === 0 ? {} : { evidence: `cannot answer: ${unsupported.join(", ")}` };
}

/** What a final response says of itself and of its server. */
export function observeResponse(response: SipResponse, note: string, observe: Observe): Observation[] {
  const { code, reason } = response;
  const observations = [
    observe("sip.code", code, { evidence: `${note}SIP/2.0 ${code} ${reason}` }),
    observe("sip.reason", reason),
  ];
  const warning = headerValues(response, "Warning");
  if (warning.length > 0) observations.push(observe("sip.warning", warning.join(", ")));
  const retryAfter = /^\d{1,10}/.exec(headerValue(response, "Retry-After") ?? "")?.[0];
  if (retryAfter !== undefined) observations.push(observe("sip.retryAfter", Number(retryAfter)));
  const server = headerValue(response, "Server") ?? headerValue(response, "User-Agent");
  if (server !== undefined) observations.push(observe("sip.server", server.slice(0, 400)));
  return [...observations, ...observeVia(response, observe)];
}

function observeVia(response: SipResponse, observe: Observe): Observation[] {
  const via = decodeVia(headerValues(response, "Via")[0] ?? "");
  if (!via.ok) return [];
  const observations: Observation[] = [];
  const received = via.value.parameters.get("received");
  if (received !== undefined && received !== null) observations.push(observe("sip.via.received", received));
  const rport = via.value.parameters.get("rport");
  if (rport !== undefined && rport !== null && /^\d{1,5}$/.test(rport)) {
    observations.push(observe("sip.via.rport", Number(rport)));
  }
  return observations;
}

/** The median; where a request was repeated nobody knows which of them was answered, so the longest time counts. */
function observeRtt(asked: readonly Asked[], observe: Observe): Observation[] {
  const times = asked.flatMap(({ exchange }) => roundTrip(exchange)).toSorted((a, b) => a.most - b.most);
  const middle = times[Math.floor((times.length - 1) / 2)];
  if (middle === undefined) return [];
  const exact = middle.least === middle.most;
  const evidence = exact
    ? "one request, one answer"
    : `a request was repeated: between ${middle.least.toFixed(1)} and ${middle.most.toFixed(1)} ms`;
  return [observe("sip.rtt", Number(middle.most.toFixed(2)), { evidence })];
}

function roundTrip({ end, sentAt }: SipExchange): { readonly least: number; readonly most: number }[] {
  const [first, last] = [sentAt[0], sentAt.at(-1)];
  if (end.kind !== "final" || first === undefined || last === undefined) return [];
  return [{ least: Math.max(end.at - last, 0), most: end.at - first }];
}

/** Silence, or something that is no SIP. */
export function observeNoAnswer(exchange: SipExchange, look: Look, observe: Observe): Observation[] {
  const { end, garbled, strays, sentAt } = exchange;
  const { note } = look;
  if (end.kind === "failed") return observeFailure(end.error, look, observe);
  const first = garbled[0];
  if (first !== undefined) {
    const start = Buffer.from(first.bytes).toString("latin1").slice(0, 200);
    const evidence = `${note}${mismatchSentence(first.why)}; it begins ${JSON.stringify(start)}`;
    return [observe("sip.code", null, { outcome: "garbled", evidence })];
  }
  const sent = `sent ${sentAt.length} times, no answer`;
  const evidence = strays.length === 0 ? sent : `${sent}; strays: ${strays.slice(0, 5).join("; ")}`;
  return [observe("sip.code", null, { outcome: "timeout", evidence: note + evidence })];
}

type Failure = { readonly outcome: Outcome; readonly udp: string; readonly stream: string };
const refused: Failure = { outcome: "refused", udp: "port-unreachable", stream: "reset" };
const noHost: Failure = { outcome: "unreachable", udp: "host-unreachable", stream: "host-unreachable" };
const noNet: Failure = { outcome: "unreachable", udp: "net-unreachable", stream: "net-unreachable" };
const failures: ReadonlyMap<string, Failure> = new Map([
  ["ECONNREFUSED", refused],
  ["ECONNRESET", refused],
  ["EPIPE", refused],
  ["EHOSTUNREACH", noHost],
  ["EHOSTDOWN", noHost],
  ["ENETUNREACH", noNet],
]);

/** The port took the connection and speaks something else, or nothing. */
function observeNoTls(code: string, evidence: string, observe: Observe): Observation[] {
  if (isNoTls(code)) return [observe("tls.instead", "another protocol", { evidence })];
  return code === silentTls ? [observe("tls.instead", "nothing", { evidence })] : [];
}

/** A transport that failed: what the kernel heard by ICMP or TCP, or why TLS did not come up. */
export function observeFailure(
  error: NodeJS.ErrnoException | undefined,
  { note, transport }: Look,
  observe: Observe,
): Observation[] {
  if (error === undefined) {
    const evidence = `${note}the peer closed the connection without an answer`;
    return [
      observe("sip.code", null, { outcome: "refused", evidence }),
      observe("sip.icmp", "closed", { evidence }),
    ];
  }
  const code = error.code ?? "";
  const evidence = `${note}${code} ${tlsErrorWords(error)}`;
  if (code === "ETIMEDOUT") return [observe("sip.code", null, { outcome: "timeout", evidence })];
  const known = failures.get(code);
  // What is left is TLS speaking: an alert, no version or cipher in common, or no TLS there at all.
  if (known === undefined)
    return [
      observe("sip.code", null, { outcome: "garbled", evidence }),
      ...observeNoTls(code, evidence, observe),
      ...(code === certificateWanted ? [observe("tls.clientCert", true, { evidence })] : []),
    ];
  return [
    observe("sip.code", null, { outcome: known.outcome, evidence }),
    observe("sip.icmp", transport === "udp" ? known.udp : known.stream, { evidence }),
  ];
}

/** The certificate and the connection, judged against the name that was asked for. */
export function observeTls(facts: TlsFacts, domain: string, now: number, observe: Observe): Observation[] {
  const fit = certificateFit(facts.names, domain);
  const dates = `${new Date(facts.validFrom).toISOString()} to ${new Date(facts.validTo).toISOString()}`;
  return [
    observe("tls.version", facts.version),
    observe("tls.cipher", facts.cipher),
    observe(
      "tls.names",
      facts.names.slice(0, 200).map((name) => name.slice(0, 400)),
    ),
    observe("tls.nameMatch", fit !== "none", { evidence: `asked for ${domain}, match: ${fit}` }),
    observe("tls.daysLeft", Math.floor((facts.validTo - now) / 86_400_000), { evidence: `valid ${dates}` }),
    observe("tls.chain", facts.verifyError ?? "ok", {
      evidence: `issuer ${facts.issuer}; SHA-256 ${facts.fingerprint256}`,
    }),
  ];
}

function defectsOf(asked: readonly Asked[]): string[] {
  const sentences = asked.flatMap(({ exchange: { end, garbled, strays } }) => [
    ...(end.kind === "final" ? end.defects.map(defectSentence) : []),
    ...garbled.map(({ why }) => `not SIP: ${mismatchSentence(why)}`),
    ...strays.map((stray) => `stray answer ${stray}`),
  ]);
  return [...new Set(sentences)].slice(0, 50).map((sentence) => sentence.slice(0, 400));
}
