// Messages by which a SIP ALG is found out: each field that one may touch names our own address, and lines are written in
// ways that are allowed and rare, so that a clumsy device stumbles over them.

/** Asks an offhook mirror to send back the bytes as they came. */
export const echoHeader = "X-Offhook-Echo";

export type AlgMethod = "OPTIONS" | "REGISTER" | "INVITE";

export interface AlgMessage {
  readonly method: AlgMethod;
  /** The far end, as it stands in the request's URI. */
  readonly to: string;
  readonly local: { readonly address: string; readonly port: number };
  /** What Via names as our place; our own as a rule. */
  readonly sentBy: string;
  /** Random words. */
  readonly branch: string;
  readonly tag: string;
  readonly callId: string;
  /** Lines in rare forms: compact names, odd case, tabs, a fold. */
  readonly rareForms: boolean;
}

/** The bytes of a message. Its pad compresses to nothing, so that an echo is never larger than what was sent. */
export function encodeAlgMessage(message: AlgMessage): Uint8Array {
  const { method, to, local, rareForms } = message;
  const own = `${local.address}:${local.port}`;
  const body = method === "INVITE" ? sdpOf(local) : "";
  const lines = [
    `${method} sip:${to} SIP/2.0`,
    `${rareForms ? "v" : "Via"}: SIP/2.0/UDP ${message.sentBy};branch=${message.branch};rport`,
    "Max-Forwards: 70",
    `From: <sip:offhook@${own}>;tag=${message.tag}`,
    `${rareForms ? "t" : "To"}: <sip:offhook@${to}>`,
    `Call-ID: ${message.callId}`,
    `CSeq: 1 ${method}`,
    `${rareForms ? "cOnTaCt" : "Contact"}: <sip:offhook@${own}${rareForms ? ";ob" : ""}>`,
    "User-Agent: Offhook (ALG probe)",
    `${echoHeader}:${rareForms ? "\t" : " "}1`,
    `X-Canary: ${local.address}`,
    ...(rareForms ? ["Subject: a line", " that goes on"] : []),
    `X-Pad: ${"x".repeat(600)}`,
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `${rareForms ? "l" : "Content-Length"}: ${body.length}`,
    "",
    body,
  ];
  return Buffer.from(lines.join("\r\n"), "latin1");
}

function sdpOf({ address }: AlgMessage["local"]): string {
  const lines = [
    "v=0",
    `o=offhook 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    "m=audio 40000 RTP/AVP 0 8",
    `a=rtcp:40001 IN IP4 ${address}`,
    `a=x-canary:${address}`,
    "a=sendrecv",
  ];
  return `${lines.join("\r\n")}\r\n`;
}
