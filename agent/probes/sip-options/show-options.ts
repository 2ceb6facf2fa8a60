import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation, ObservedValue } from "../../../protocol/observation.ts";
import { explainResponse, explainWarning } from "../../../protocol/sip/explain-response.ts";

/** A few lines for a person: alive or not, how fast, what it said, and what is odd. */
export function showOptions(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey): Observation | undefined => observations.find((each) => each.key === key);
  const text = (key: ObservationKey): string | undefined => print(get(key)?.value);
  const code = get("sip.code");
  const outside = get("sip.outside");
  if (code === undefined && outside !== undefined) return [outsideLine(outside)];
  const lines = [`${code?.subject.replace(/^sip:/, "") ?? "?"}  ${headline(code, text("sip.reason"))}`];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") lines.push(`  ${label.padEnd(12)} ${value}`);
  };
  add("means", meaning(code?.value));
  add("round trip", roundTrip(get("sip.rtt"), get("sip.retrans")));
  add("server", text("sip.server"));
  add("sees us as", address(text("sip.via.received"), text("sip.via.rport")));
  add("login", loginLine(text("sip.auth.stage")));
  add("retry after", withUnit(get("sip.retryAfter")));
  add("warning", explainWarning(text("sip.warning") ?? "") ?? text("sip.warning"));
  const why = get("sip.auth.why")?.value;
  if (Array.isArray(why)) for (const each of why) add("why", each);
  add("large", largeLine(get("sip.large")));
  const signatures = get("sip.signatures")?.value;
  if (Array.isArray(signatures)) for (const each of signatures) add("answers", each);
  add(
    "from 5060",
    get("sip.from5060")
      ?.evidence?.replace("from our port 5060: ", "")
      .replace("EADDRINUSE", "not tried, the port is in use here (EADDRINUSE)"),
  );
  add("other ports", text("sip.ports"));
  add("from another", get("sip.otherSource")?.evidence);
  add("before", beforeLine(get("sip.lastAnswer"), text("sip.refusals")));
  add("TLS", [text("tls.version"), text("tls.cipher")].filter((part) => part !== undefined).join(" "));
  add("certificate", certificateLine(text("tls.names"), get("tls.daysLeft"), text("tls.chain")));
  const targets = get("sip.targets")?.value;
  if (Array.isArray(targets)) for (const each of targets) add("server of it", each);
  const defects = get("sip.defects")?.value;
  if (Array.isArray(defects)) for (const defect of defects.slice(0, 10)) add("defect", defect);
  return lines;
}

/** As seen from a place that the server should not know: silence is right. */
function outsideLine({ subject, value, outcome, evidence }: Observation): string {
  const place = subject.replace(/^sip:/, "");
  if (outcome !== "ok") return `${place}  ${outcome}: ${evidence ?? ""}`;
  return `${place}  ${value === true ? "answers this place" : "does not answer this place, as it should"}`;
}

/** A refusal in plain words, and what to do about it. */
function meaning(code: ObservedValue | undefined): string | undefined {
  if (typeof code !== "number" || code < 300) return undefined;
  const { sentence, remedy } = explainResponse(code);
  return `${sentence}. ${remedy}`;
}

function print(value: ObservedValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function headline(code: Observation | undefined, reason: string | undefined): string {
  if (code === undefined) return "no result";
  if (code.outcome === "ok") return `alive: ${print(code.value)} ${reason ?? ""}`.trimEnd();
  return `${code.outcome}: ${code.evidence ?? ""}`;
}

function roundTrip(rtt: Observation | undefined, retrans: Observation | undefined): string | undefined {
  if (rtt === undefined) return undefined;
  const repeated = typeof retrans?.value === "number" && retrans.value > 0;
  return repeated ? `${withUnit(rtt)} at most (${rtt.evidence ?? ""})` : withUnit(rtt);
}

function withUnit(observation: Observation | undefined): string | undefined {
  return observation === undefined
    ? undefined
    : `${print(observation.value)} ${observation.unit ?? ""}`.trimEnd();
}

function address(received: string | undefined, rport: string | undefined): string | undefined {
  return received === undefined ? undefined : `${received}${rport === undefined ? "" : ` port ${rport}`}`;
}

const logins: Readonly<Record<string, string>> = {
  challenged: "asked for; none was given (--auth-user, --password-from)",
  ok: "accepted",
  refused: "refused: wrong user, password or realm",
  stale: "the nonce was too old, twice",
  sent: "sent; the answer is about something else",
};

function loginLine(stage: string | undefined): string | undefined {
  return stage === undefined ? undefined : logins[stage];
}

function beforeLine(last: Observation | undefined, refusals: string | undefined): string | undefined {
  return last === undefined
    ? undefined
    : `it last answered ${withUnit(last)} ago, and refused ${refusals ?? "0"} logins in the hour before`;
}

function largeLine(large: Observation | undefined): string | undefined {
  if (large === undefined) return undefined;
  return `${large.value === true ? "answered" : "not answered"} (${large.evidence ?? ""})`;
}

function certificateLine(
  names: string | undefined,
  days: Observation | undefined,
  chain: string | undefined,
): string | undefined {
  return names === undefined
    ? undefined
    : `${names}; ${print(days?.value)} days left; chain ${chain ?? "unknown"}`;
}
