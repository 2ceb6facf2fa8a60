import type { SipMessage } from "./message.ts";

/**
 * The bytes of a message: CRLF line ends, no folding, and a Content-Length that is true, in place of any that stood there
 * (streams need it, RFC 3261 18.3). Line ends inside values become spaces, so that a value can never become a header.
 */
export function encodeSip(message: SipMessage): Uint8Array {
  const start =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.code} ${message.reason}`;
  const lines = [oneLine(start)];
  for (const { name, value } of message.headers) {
    if (name !== "Content-Length") lines.push(`${oneLine(name)}: ${oneLine(value)}`);
  }
  lines.push(`Content-Length: ${message.body.length}`, "", "");
  const head = Buffer.from(lines.join("\r\n"), "utf8");
  return message.body.length === 0 ? head : Buffer.concat([head, message.body]);
}

function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, " ") : text;
}
