import type { Answer } from "../../protocol/answer.ts";
import type { EnrolmentState } from "../../protocol/device.ts";

/** What moves a phone's enrolment: an answer it got, or a person's word. */
export type EnrolmentEvent =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** The phone has arrived: it is expected from now on. */
  | { readonly kind: "expect" }
  /** It gets nothing any more. */
  | { readonly kind: "revoke" }
  /** From the start, with a new token: the old one is worth nothing (a phone that was reset, sold, or revoked by mistake). */
  | { readonly kind: "re-enrol" };

/**
 * How far a phone's enrolment is after an event.
 *
 * ordered → expected → seen (it asked) → claimed (it was let in) → secret-issued (a file with its secrets went out) →
 * secret-confirmed (it came back and showed what it was given) → steady (and again). A refusal moves nothing past seen.
 * Only a person revokes, and only a person takes that back.
 */
export function stepEnrolment(state: EnrolmentState, event: EnrolmentEvent): EnrolmentState {
  switch (event.kind) {
    case "expect":
      return state === "ordered" ? "expected" : state;
    case "revoke":
      return "revoked";
    case "re-enrol":
      return "expected";
    case "answer":
      return afterAnswer(state, event.answer);
  }
}

function afterAnswer(state: EnrolmentState, answer: Answer): EnrolmentState {
  if (state === "revoked" || state === "steady") return state;
  const seen = state === "ordered" || state === "expected" ? "seen" : state;
  if (answer.outcome !== "file" || answer.claim === "public") return seen;
  const shown = answer.claim === "token" || answer.claim === "password" || answer.claim === "certificate";
  if (seen === "secret-confirmed") return shown ? "steady" : seen;
  if (seen === "secret-issued") return shown ? "secret-confirmed" : seen;
  return answer.file.secret ? "secret-issued" : "claimed";
}
