import type { Answer } from "../../protocol/answer.ts";
import type { EnrolmentState } from "../../protocol/device.ts";

/**
 * How far a phone's enrolment is after an answer to it.
 *
 * expected → seen (it asked) → claimed (it was let in) → secret-issued (a file with its secrets went out) →
 * secret-confirmed (it came back and showed what it was given) → steady (and again). A refusal moves nothing past seen,
 * and revoked stays revoked.
 */
export function nextEnrolment(state: EnrolmentState, answer: Answer): EnrolmentState {
  if (state === "revoked" || state === "steady") return state;
  const seen = state === "ordered" || state === "expected" ? "seen" : state;
  if (answer.outcome !== "file" || answer.claim === "public") return seen;
  const shown = answer.claim === "token" || answer.claim === "password" || answer.claim === "certificate";
  if (seen === "secret-confirmed") return shown ? "steady" : seen;
  if (seen === "secret-issued") return shown ? "secret-confirmed" : seen;
  return answer.file.secret ? "secret-issued" : "claimed";
}
