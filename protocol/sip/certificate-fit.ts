export type CertificateFit = "uri" | "name" | "wildcard" | "none";

/**
 * How the names of a certificate cover a SIP domain (RFC 5922 7.2): a `sip:` URI counts first, else a DNS name or address.
 * Wildcards are not allowed there, yet most phones take them: so they are told apart.
 */
export function certificateFit(names: readonly string[], domain: string): CertificateFit {
  const wanted = domain.toLowerCase();
  const offered = names.map((name) => name.toLowerCase());
  if (offered.includes(`sip:${wanted}`)) return "uri";
  if (offered.includes(wanted)) return "name";
  // A wildcard stands for one label, the leftmost.
  const dot = wanted.indexOf(".");
  return dot > 0 && offered.includes(`*${wanted.slice(dot)}`) ? "wildcard" : "none";
}
