import type { EnrolmentState } from "./device.ts";

const words: Readonly<Record<EnrolmentState, string>> = {
  ordered: "on its way; nobody expects it yet",
  expected: "in the inventory, and has not asked yet",
  seen: "asked, and was not let in",
  claimed: "was let in, and got nothing secret yet",
  "secret-issued": "got its secrets",
  "secret-confirmed": "came back and showed what it was given",
  steady: "comes and shows what it was given",
  revoked: "gets nothing any more",
};

/** A state in plain words, to stand behind "the phone". */
export function enrolmentWords(state: EnrolmentState): string {
  return words[state];
}
