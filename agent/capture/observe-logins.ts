import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import { AuthFailures } from "../probes/security/auth-failures.ts";
import type { Dialogue, Exchange } from "./dialogue.ts";
import { packetsText } from "./remark.ts";
import { addressOf } from "./seen-message.ts";

/** Failed logins by their source, as a server's log would tell them. A first challenge, and an aged nonce, are no failures. */
export function observeLogins(dialogues: readonly Dialogue[], at: number): Observation[] {
  const failures = new AuthFailures();
  const packets: number[] = [];
  const tries = dialogues
    .flatMap(({ exchanges, to }) => exchanges.map((exchange) => ({ exchange, user: to })))
    .filter(({ exchange }) => exchange.withCredentials && exchange.final !== undefined)
    .toSorted((a, b) => a.exchange.at - b.exchange.at);
  for (const { exchange, user } of tries) {
    const source = addressOf(exchange.source);
    if (isRefusal(exchange)) {
      failures.failed(source, new Date(exchange.at).toISOString().slice(0, 16), user);
      packets.push(exchange.number);
    } else if ((exchange.final?.code ?? 300) < 300) failures.succeeded(source);
  }
  const { worst, sources, entered } = failures.summary();
  if (worst === undefined) return [];
  const observe = observerOf("capture", "host:capture", at);
  const proof = { evidence: packetsText(packets.slice(0, 20)) };
  return [
    observe("log.authFail", worst.perMinute, proof),
    observe("log.authFail.source", worst.source, proof),
    observe("log.authFail.sources", [...sources], proof),
    observe("log.authFail.entered", [...entered], proof),
  ];
}

function isRefusal({ final, stale }: Exchange): boolean {
  const code = final?.code ?? 0;
  return code === 403 || ((code === 401 || code === 407) && stale !== true);
}
