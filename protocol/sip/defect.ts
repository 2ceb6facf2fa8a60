/** What a message does against the RFC. Each name is one kind, so that rules and tests can ask for it. */
export const defectNames = [
  // start line
  "leading-crlf",
  "start-line-spacing",
  "method-syntax",
  "request-uri-brackets",
  "request-uri-syntax",
  "request-uri-headers",
  "version",
  "status-code",
  // lines
  "bare-lf",
  "bare-cr",
  "control-byte",
  "not-utf8",
  "no-blank-line",
  "header-syntax",
  "fold-before-header",
  "long-line",
  "too-many-headers",
  // body
  "content-length-syntax",
  "content-length-twice",
  "content-length-beyond-end",
  "content-length-missing",
  // fields
  "missing-header",
  "header-twice",
  "via-syntax",
  "branch-empty",
  "branch-missing",
  "tag-missing",
  "cseq-syntax",
  "cseq-method",
  "call-id-syntax",
  "number-range",
  "name-addr-syntax",
  "display-name-syntax",
  "quote-open",
  "uri-syntax",
  "uri-needs-brackets",
  "unknown-scheme",
  "parameter-syntax",
  "parameter-twice",
  "date-syntax",
  "auth-syntax",
  "star-with-others",
  // sound in form, and yet refused or ignored by who must act on it (RFC 4475 3.3)
  "extension-unknown",
  "auth-scheme-unknown",
  "body-type-unknown",
  "via-broadcast",
  "hops-used-up",
  "accept-without-sdp",
] as const;
export type DefectName = (typeof defectNames)[number];

/** One defect: where (byte offset into the message), what was expected there, and what stood there. */
export interface Defect {
  readonly name: DefectName;
  readonly at: number;
  readonly expected: string;
  readonly found: string;
}

/** Gathers defects while reading; `at` is where the text being read starts in the message. */
export class Defects {
  readonly found: Defect[] = [];

  add(name: DefectName, at: number, expected: string, found: string): void {
    // A hostile message may hold thousands; the first ones tell the story.
    if (this.found.length < 100) this.found.push({ name, at, expected, found: clip(found) });
  }
}

/** `byte 48: cseq-method: expected INVITE, found "OPTIONS"`. */
export function defectSentence(defect: Defect): string {
  return `byte ${defect.at}: ${defect.name}: expected ${defect.expected}, found ${JSON.stringify(defect.found)}`;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
