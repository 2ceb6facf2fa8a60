/** Asks an offhook mirror for a call from outside: `ask`, and then the word that its answer gives. */
export const inwardHeader = "X-Offhook-Inward";

/** In the mirror's INVITE: a packed copy of all the rest of it. */
export const copyHeader = "X-Offhook-Copy";

export interface InwardCall {
  /** Where the question came from, as the mirror saw it. */
  readonly to: { readonly address: string; readonly port: number };
  /** The mirror's own end. */
  readonly from: { readonly address: string; readonly port: number };
  /** Random words. */
  readonly branch: string;
  readonly tag: string;
  readonly callId: string;
}

/** The INVITE that a mirror sends inward: small, and each field that an ALG may touch names one of the two ends. */
export function encodeInwardCall({ to, from, branch, tag, callId }: InwardCall): Uint8Array {
  const [callee, caller] = [`${to.address}:${to.port}`, `${from.address}:${from.port}`];
  const body = [
    "v=0",
    `o=- 1 1 IN IP4 ${from.address}`,
    "s=-",
    `c=IN IP4 ${from.address}`,
    "t=0 0",
    "m=audio 40000 RTP/AVP 8",
    `a=x-canary:${to.address}`,
    "",
  ].join("\r\n");
  const lines = [
    `INVITE sip:offhook@${callee} SIP/2.0`,
    `Via: SIP/2.0/UDP ${caller};branch=${branch};rport`,
    "Max-Forwards: 70",
    `From: <sip:mirror@${caller}>;tag=${tag}`,
    `To: <sip:offhook@${callee}>`,
    `Call-ID: ${callId}`,
    "CSeq: 1 INVITE",
    `Contact: <sip:mirror@${caller}>`,
    `X-Canary: ${to.address}`,
    "Content-Type: application/sdp",
    `Content-Length: ${body.length}`,
    "",
    body,
  ];
  return Buffer.from(lines.join("\r\n"), "latin1");
}

const firstHeader = /\r\n/;
const copyLine = /\r\nX-Offhook-Copy: ([^\r\n]*)(?=\r\n)/i;

/** Puts the packed copy into the message, behind its start line. */
export function withCopy(message: Uint8Array, packed: string): Uint8Array {
  const text = Buffer.from(message).toString("latin1");
  return Buffer.from(text.replace(firstHeader, `\r\n${copyHeader}: ${packed}\r\n`), "latin1");
}

/** The message as it came but for its copy, and the copy as it was packed; undefined where there is none. */
export function takeCopy(
  message: Uint8Array,
): { readonly rest: Uint8Array; readonly packed: string } | undefined {
  const text = Buffer.from(message).toString("latin1");
  const packed = copyLine.exec(text)?.[1];
  return packed === undefined
    ? undefined
    : { rest: Buffer.from(text.replace(copyLine, ""), "latin1"), packed };
}
