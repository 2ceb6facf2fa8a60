/** OpenSSL's words for octets that are no TLS at all: another protocol answers on the port. */
const noTls: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
  "ERR_SSL_UNKNOWN_PROTOCOL",
]);

/** Code of the alert by which a server ends a session for want of a client certificate (116, RFC 8446 6.2). */
export const certificateWanted = "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";

/** Did the other side answer the handshake with something else than TLS? A server of another version sends an alert. */
export function isNoTls(code: string): boolean {
  return noTls.has(code);
}

/** What OpenSSL said, without its thread, number and source file: `wrong version number`. */
export function tlsErrorWords({ code = "", message }: NodeJS.ErrnoException): string {
  if (isNoTls(code)) return "the port answers with something that is not TLS";
  return /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(message)?.[1] ?? message.trim();
}
