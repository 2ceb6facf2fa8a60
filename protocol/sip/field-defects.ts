import { authDefects } from "./auth-header.ts";
import { applicationDefects } from "./application-defects.ts";
import type { Defects } from "./defect.ts";
import { isListHeader } from "./header-names.ts";
import { cseqOf, headerValue, type SipHeader, type SipMessage } from "./message.ts";
import { decodeNameAddr } from "./name-addr.ts";
import { splitOutsideQuotes } from "./split.ts";
import { branchCookie, decodeVia } from "./via.ts";

/** Looks into the value of every field whose form is known, and at what a message must hold (RFC 3261 8.1.1, 20). */
export function fieldDefects(message: SipMessage, defects: Defects): void {
  requiredHeaders(message, defects);
  const seen = new Set<string>();
  for (const header of message.headers) {
    if (seen.has(header.name) && once.has(header.name)) {
      defects.add("header-twice", header.wire?.at ?? 0, `one ${header.name}`, header.value);
    }
    if (header.name !== "Via" || !seen.has("Via")) topVia(header, defects);
    seen.add(header.name);
    checkHeader(header, message, defects);
  }
  applicationDefects(message, defects);
}

const once = new Set([
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Max-Forwards",
  "Expires",
  "Content-Type",
  "Date",
  "Event",
  "Min-Expires",
  "Min-SE",
  "Retry-After",
  "Session-Expires",
]);

function requiredHeaders(message: SipMessage, defects: Defects): void {
  const names = ["Via", "From", "To", "Call-ID", "CSeq"];
  if (message.kind === "request") {
    names.push("Max-Forwards");
    if (message.method === "INVITE") names.push("Contact");
  }
  for (const name of names) {
    if (headerValue(message, name) === undefined) defects.add("missing-header", 0, name, "none");
  }
}

type Check = (value: string, at: number, message: SipMessage, defects: Defects) => void;

const checks: Readonly<Record<string, Check>> = {
  Via: (value, at, _message, defects) => {
    const via = decodeVia(value, defects, at);
    if (!via.ok) defects.add("via-syntax", at, via.why.expected, value);
  },
  From: (value, at, _message, defects) => {
    const address = nameAddr(value, at, defects);
    // RFC 3261 8.1.1.3: every request has one, and every response repeats it.
    if (address !== undefined && !address.parameters.has("tag"))
      defects.add("tag-missing", at, "a tag", value);
  },
  To: nameAddrCheck,
  Contact: contactCheck,
  Route: nameAddrCheck,
  "Record-Route": nameAddrCheck,
  Path: nameAddrCheck,
  "Service-Route": nameAddrCheck,
  "Refer-To": nameAddrCheck,
  "Referred-By": nameAddrCheck,
  "Reply-To": nameAddrCheck,
  "P-Asserted-Identity": nameAddrCheck,
  CSeq: cseqCheck,
  "Call-ID": (value, at, _message, defects) => {
    if (!/^[^\s@]+(?:@[^\s@]+)?$/.test(value))
      defects.add("call-id-syntax", at, "a word, or word@word", value);
  },
  "Max-Forwards": numberCheck(255),
  Expires: numberCheck(4_294_967_295),
  "Min-Expires": numberCheck(4_294_967_295),
  "Min-SE": numberCheck(4_294_967_295),
  "Session-Expires": numberCheck(4_294_967_295),
  "Retry-After": numberCheck(4_294_967_295),
  Warning: (value, at, _message, defects) => {
    if (!/^\d{3} \S+ "/.test(value)) {
      defects.add("number-range", at, 'a code of three digits, an agent and "text"', value);
    }
  },
  Date: (value, at, _message, defects) => {
    if (!sipDate.test(value)) defects.add("date-syntax", at, "a date in GMT, as in RFC 1123", value);
  },
  "WWW-Authenticate": authCheck,
  "Proxy-Authenticate": authCheck,
  Authorization: authCheck,
  "Proxy-Authorization": authCheck,
};

// RFC 3261 20.17: rfc1123-date, and nothing but GMT.
const sipDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

function checkHeader(header: SipHeader, message: SipMessage, defects: Defects): void {
  const check = checks[header.name];
  if (check === undefined) return;
  const at = header.wire?.valueAt ?? 0;
  if (!isListHeader(header.name)) {
    check(header.value, at, message, defects);
    return;
  }
  // A fold is one space in the value but more bytes on the wire: places behind it are then near, not exact.
  for (const piece of splitOutsideQuotes(header.value, ","))
    check(piece.text, at + piece.at, message, defects);
}

function topVia(header: SipHeader, defects: Defects): void {
  if (header.name !== "Via") return;
  const top = splitOutsideQuotes(header.value, ",")[0]?.text ?? "";
  const via = decodeVia(top);
  if (!via.ok) return;
  const branch = via.value.parameters.get("branch");
  const at = header.wire?.valueAt ?? 0;
  if (branch === undefined) defects.add("branch-missing", at, "a branch in the top Via", top);
  else if (branch === null || branch === "" || branch.toLowerCase() === branchCookie.toLowerCase()) {
    // The cookie alone makes every transaction look the same (RFC 4475 3.2.1).
    defects.add("branch-empty", at, `${branchCookie} and something unique`, top);
  }
}

function nameAddr(value: string, at: number, defects: Defects) {
  const address = decodeNameAddr(value, defects, at);
  if (address.ok) return address.value;
  defects.add("name-addr-syntax", at, address.why.expected, value);
  return undefined;
}

function nameAddrCheck(value: string, at: number, _message: SipMessage, defects: Defects): void {
  nameAddr(value, at, defects);
}

function contactCheck(value: string, at: number, message: SipMessage, defects: Defects): void {
  if (value === "*") {
    const alone = message.headers.filter((header) => header.name === "Contact").length === 1;
    if (!alone) defects.add("star-with-others", at, "* alone", value);
    return;
  }
  const expires = nameAddr(value, at, defects)?.parameters.get("expires");
  if (expires !== undefined) checkNumber(expires ?? "", 4_294_967_295, at, defects);
}

function cseqCheck(value: string, at: number, message: SipMessage, defects: Defects): void {
  const cseq = cseqOf(message);
  if (cseq === undefined || !/^\d+\s+\S+$/.test(value)) {
    defects.add("cseq-syntax", at, "a number and a method", value);
    return;
  }
  if (cseq.number >= 2 ** 31) defects.add("number-range", at, "a CSeq below 2^31", value);
  if (message.kind === "request" && cseq.method !== message.method) {
    defects.add("cseq-method", at, message.method, cseq.method);
  }
}

function authCheck(value: string, at: number, _message: SipMessage, defects: Defects): void {
  authDefects(value, at, defects);
}

function numberCheck(most: number): Check {
  // Retry-After and Session-Expires have parameters or a comment behind the number.
  return (value, at, _message, defects) => {
    checkNumber(value.split(/[\s;(]/, 1)[0] ?? "", most, at, defects);
  };
}

function checkNumber(text: string, most: number, at: number, defects: Defects): void {
  if (!/^\d{1,20}$/.test(text) || Number(text) > most) {
    defects.add("number-range", at, `a number of 0 to ${most}`, text);
  }
}
