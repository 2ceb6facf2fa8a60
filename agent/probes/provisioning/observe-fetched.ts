import type { Observation, Outcome } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { isNoTls } from "../../io/tls/tls-error.ts";
import type { PhoneFetched, PhoneFetchFailure } from "../../io/fetch/phone-fetched.ts";

/** What one fetch says; what it did not reach stays unknown. */
export function observeFetched(
  fetched: PhoneFetched,
  shown: string,
  now: number,
  observe: Observe,
): Observation[] {
  const end = judge(fetched);
  const evidence = `${shown}: ${end.words}`;
  const { outcome } = end;
  const observations = [
    observe("prov.fetch", outcome === "ok" ? true : end.words, { outcome, evidence }),
    observe("prov.fetch.door", fetched.door),
    ...observeStatus(fetched, evidence, observe),
    ...observeTls(fetched, now, observe),
  ];
  const { failure } = fetched;
  if (failure?.stage === "name") observations.push(observe("dns.error", failure.code, { evidence }));
  if (failure?.stage === "tls") {
    observations.push(observe("prov.tlsError", failure.message, { evidence }));
    if (isNoTls(failure.code)) observations.push(observe("tls.instead", "another protocol", { evidence }));
    // It took the connection: whatever is there, the host is not silent.
    if (failure.code === "ETIMEDOUT") observations.push(observe("tls.instead", "nothing", { evidence }));
  }
  if (outcome === "ok")
    observations.push(
      observe("prov.rtt", Number(fetched.ms.toFixed(1))),
      observe("prov.bytes", fetched.bytes),
    );
  return observations;
}

/** What the server says to phones. From outside, unknown, refused and "no such file" are one: its trace tells them apart. */
function observeStatus(fetched: PhoneFetched, evidence: string, observe: Observe): Observation[] {
  if (fetched.status === 200) return [observe("prov.status", "file", { evidence })];
  if (fetched.status === 404) return [observe("prov.status", null, { outcome: "absent", evidence })];
  return [];
}

function observeTls({ tls, tlsNameMatch, host }: PhoneFetched, now: number, observe: Observe): Observation[] {
  if (tls === undefined) return [];
  const dates = `${printDate(tls.validFrom)} to ${printDate(tls.validTo)}`;
  return [
    observe("tls.version", tls.version),
    observe("tls.cipher", tls.cipher),
    observe(
      "tls.names",
      tls.names.slice(0, 200).map((name) => name.slice(0, 400)),
    ),
    observe("tls.nameMatch", tlsNameMatch === true, { evidence: `asked for ${host}` }),
    observe("tls.daysLeft", Math.floor((tls.validTo - now) / 86_400_000), { evidence: `valid ${dates}` }),
    observe("tls.chain", tls.verifyError ?? "ok", {
      evidence: `issuer ${tls.issuer}; SHA-256 ${tls.fingerprint256}`,
    }),
  ];
}

function printDate(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : "unknown";
}

interface End {
  readonly outcome: Outcome;
  readonly words: string;
}

function judge({ failure, status, bytes, door }: PhoneFetched): End {
  if (status === 404) return { outcome: "absent", words: absentWords };
  if (failure !== undefined)
    return { outcome: outcomeOf(failure), words: `${failure.code}: ${failure.message}` };
  if (status === 200)
    return bytes > 0
      ? { outcome: "ok", words: `${bytes} bytes over ${door}` }
      : { outcome: "garbled", words: "the file is empty" };
  if (status === 401 || status === 403) return { outcome: "denied", words: `HTTP ${status}` };
  return { outcome: "garbled", words: `HTTP ${status ?? "without a status"}` };
}

const absentWords = "not found: unknown to the server, refused by it, or no such file; its trace says which";

const outcomes: ReadonlyMap<string, Outcome> = new Map([
  ["ETIMEDOUT", "timeout"],
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "refused"],
  ["EPIPE", "refused"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["TFTP 2", "denied"],
]);

function outcomeOf({ stage, code }: PhoneFetchFailure): Outcome {
  const known = outcomes.get(code);
  if (known !== undefined) return known;
  return stage === "name" || stage === "connect" ? "unreachable" : "garbled";
}
