import {
  buildRequest,
  newBranch,
  newCallId,
  newTag,
  type RandomBytes,
  type SipTransport,
} from "./request.ts";
import type { SipRequest } from "./message.ts";

/** Who we say we are where no account of the PBX speaks for us. */
const fromUser = "offhook";

export interface CheckSyncParts {
  /** Request-URI and To. */
  readonly uri: string;
  /** The account we send it as; absent: a name of our own. */
  readonly user?: string;
  /** Through a PBX its domain, which lets its own users through; absent: our address, which a phone can answer. */
  readonly domain?: string;
  /** The vendor's word, such as `check-sync;reboot=false`. */
  readonly event: string;
  readonly transport: SipTransport;
  readonly local: { readonly address: string; readonly port: number };
  readonly userAgent: string;
}

/**
 * A NOTIFY outside any dialog, as check-sync is sent everywhere although RFC 6665 has no such thing: phones look at Event
 * alone, but some want Subscription-State to be there.
 */
export function checkSyncRequest(parts: CheckSyncParts, random: RandomBytes): SipRequest {
  const { uri, event, transport, local, userAgent } = parts;
  const host = local.address.includes(":") ? `[${local.address}]` : local.address;
  return buildRequest({
    method: "NOTIFY",
    uri,
    transport,
    local,
    from: `sip:${parts.user ?? fromUser}@${parts.domain ?? host}`,
    to: uri,
    callId: newCallId(random),
    fromTag: newTag(random),
    cseq: 1,
    branch: newBranch(random),
    contactUser: fromUser,
    userAgent,
    headers: [
      { name: "Event", value: event },
      { name: "Subscription-State", value: "terminated" },
    ],
  });
}

/** What a refusal of a check-sync means beyond its code, by the way it went; empty where there is nothing to add. */
export function explainCheckSync(code: number, way: "pbx" | "direct"): string {
  if (code === 401 || code === 407) return "no account of ours satisfied it";
  if (way === "direct") return straightAnswers[code] ?? "";
  if (code === 404 || code === 480) return "the phone is not registered there";
  return code === 405 || code === 489 || code === 501
    ? "it does not pass a NOTIFY on (Asterisk and FreeSWITCH do not); straight to the phone's address it may work"
    : "";
}

const straightAnswers: Readonly<Record<number, string>> = {
  403: "it obeys its PBX alone",
  404: "it has no such account",
  405: "it takes no NOTIFY",
  481: "it takes no NOTIFY that it did not subscribe to",
  489: "it does not know this word: another vendor's form may do",
};
