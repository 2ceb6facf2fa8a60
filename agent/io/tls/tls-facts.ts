import type { TLSSocket } from "node:tls";

/** What a TLS peer showed, read with verification off, so that a bad certificate still yields its data. */
export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  /** Subject alternative names, bare: `pbx.example`, `192.0.2.1`, `sip:pbx.example`; without any, the common name. */
  readonly names: readonly string[];
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly fingerprint256: string;
  /** OpenSSL's verdict, such as `DEPTH_ZERO_SELF_SIGNED_CERT`; absent when it verified. */
  readonly verifyError?: string;
}

/** Reads the facts of a connected socket. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const certificate = socket.getPeerX509Certificate();
  // The types say Error, Node sets the code (a string).
  const verdict: unknown = socket.authorizationError;
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().name,
    names: namesOf(certificate?.subjectAltName, certificate?.subject),
    issuer: oneLine(certificate?.issuer),
    validFrom: Date.parse(certificate?.validFrom ?? ""),
    validTo: Date.parse(certificate?.validTo ?? ""),
    fingerprint256: certificate?.fingerprint256 ?? "",
    ...(verdict === undefined || verdict === null ? {} : { verifyError: codeOf(verdict) }),
  };
}

function codeOf(verdict: unknown): string {
  if (typeof verdict === "string") return verdict;
  return verdict instanceof Error ? verdict.message : "unknown verdict";
}

function oneLine(name: string | undefined): string {
  return (name ?? "").replaceAll("\n", ", ");
}

/** `DNS:pbx.example, URI:sip:pbx.example, IP Address:192.0.2.1` to bare names; Node puts odd values in JSON quotes. */
function namesOf(alternatives: string | undefined, subject: string | undefined): string[] {
  const names = [
    ...(alternatives ?? "").matchAll(/(?:^|, )(?:DNS|URI|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g),
  ];
  // An address often stands twice, once among the DNS names for old TLS stacks.
  if (names.length > 0)
    return [...new Set(names.map(([, name = ""]) => (name.startsWith('"') ? unquoted(name) : name)))];
  const common = /(?:^|\n)CN=(.*)/.exec(subject ?? "")?.[1];
  return common === undefined ? [] : [common];
}

function unquoted(name: string): string {
  const value: unknown = JSON.parse(name);
  return typeof value === "string" ? value : name;
}
