import type { Answer, DenialKind } from "../protocol/answer.ts";
import type { PhoneRequest } from "../protocol/phone-request.ts";
import type { Sent } from "./doors/door.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** The refusals by the words of the metrics' contract. */
const refusals: Record<DenialKind, string> = {
  "bad-credentials": "bad_credentials",
  "bad-certificate": "bad_certificate",
  "bad-token": "bad_token",
  "outside-network": "outside_network",
  "window-closed": "outside_network",
  "spent-token": "bad_token",
  "wrong-port": "outside_network",
  "secret-over-tftp": "outside_network",
  "wrong-model": "malformed",
  "old-tls": "outside_network",
  "render-failed": "malformed",
};

function outcomeOf(answer: Answer, sent: Sent): string {
  if (sent.status >= 500) return "error";
  if (sent.status === 304) return "not_modified";
  if (answer.outcome === "file") return "served";
  if (answer.outcome === "no-such-file") return "not_found";
  return answer.outcome === "unknown-device" ? "unknown_device" : "refused";
}

/** The words of the metrics' contract for how a TFTP transfer ended (see `Sent`). */
function transferOutcome({ status }: Sent): "completed" | "timeout" | "aborted" | "error" {
  if (status === 200) return "completed";
  if (status === 408) return "timeout";
  return status === 499 ? "aborted" : "error";
}

/** Counts one request and its answer. Labels are the door and the outcome, never who asked. */
export function countAnswer(metrics: ServerMetrics, request: PhoneRequest, answer: Answer, sent: Sent): void {
  metrics.requests.add({ door: request.via, outcome: outcomeOf(answer, sent) });
  metrics.requestDuration.observe(sent.ms / 1000, { door: request.via });
  metrics.responseBytes.add({ door: request.via, kind: answer.identity.file }, sent.bytes);
  if (answer.outcome === "denied") metrics.refusals.add({ door: request.via, kind: refusals[answer.kind] });
  if (request.via === "tftp" && answer.outcome === "file") {
    metrics.tftpTransfers.add({ outcome: transferOutcome(sent) });
  }
}
