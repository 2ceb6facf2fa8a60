// RFC 3261 7.3.3 and the IANA registry: one-letter forms.
const compactForms: Readonly<Record<string, string>> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

const known = [
  "Accept",
  "Accept-Contact",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Allow",
  "Allow-Events",
  "Authentication-Info",
  "Authorization",
  "Call-ID",
  "Call-Info",
  "Contact",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Content-Length",
  "Content-Type",
  "CSeq",
  "Date",
  "Error-Info",
  "Event",
  "Expires",
  "From",
  "Identity",
  "In-Reply-To",
  "Max-Forwards",
  "MIME-Version",
  "Min-Expires",
  "Min-SE",
  "Organization",
  "P-Asserted-Identity",
  "Path",
  "Priority",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Require",
  "RAck",
  "Reason",
  "Record-Route",
  "Refer-To",
  "Referred-By",
  "Reply-To",
  "Require",
  "Retry-After",
  "Route",
  "RSeq",
  "Server",
  "Service-Route",
  "Session-Expires",
  "Subject",
  "Subscription-State",
  "Supported",
  "Timestamp",
  "To",
  "Unsupported",
  "User-Agent",
  "Via",
  "Warning",
  "WWW-Authenticate",
] as const;

const byLowerCase = new Map<string, string>([
  // As most write them, and as nobody can miss them.
  ...known.map((name) => [name, name] as const),
  ...known.map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(compactForms),
]);

/** The long spelling of a name that is written in the usual way; undefined for one that must be looked into. */
export function usualHeaderName(written: string): string | undefined {
  return byLowerCase.get(written);
}

/** The usual long spelling (`v` and `VIA` are `Via`); an unknown name stays as it was written. */
export function headerName(written: string): string {
  return byLowerCase.get(written) ?? byLowerCase.get(written.toLowerCase()) ?? written;
}

// A comma separates values only in these (RFC 3261 7.3.1); the authentication headers and Date hold commas of their own.
const lists = new Set([
  "Accept",
  "Accept-Contact",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Allow",
  "Allow-Events",
  "Call-Info",
  "Contact",
  "Content-Encoding",
  "Content-Language",
  "Error-Info",
  "In-Reply-To",
  "P-Asserted-Identity",
  "Path",
  "Proxy-Require",
  "Reason",
  "Record-Route",
  "Reject-Contact",
  "Require",
  "Route",
  "Service-Route",
  "Supported",
  "Unsupported",
  "Via",
  "Warning",
]);

/** May this header carry several values, separated by commas? */
export function isListHeader(name: string): boolean {
  return lists.has(name);
}
