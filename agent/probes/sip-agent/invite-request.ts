import { randomBytes } from "node:crypto";
import type { SipHeader, SipRequest } from "../../../protocol/sip/message.ts";
import { buildRequest, newBranch, newCallId, newTag } from "../../../protocol/sip/request.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { callAgent } from "./ring.ts";

export interface InviteParts {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  /** Whom to call. */
  readonly number: string;
  /** Who calls. */
  readonly user: string;
  readonly offer: string;
  readonly headers?: readonly SipHeader[];
}

/** The INVITE of a test call, as a phone would send it. */
export function inviteRequest(channel: SipChannel, parts: InviteParts): SipRequest {
  const { domain, number, user, offer, headers = [] } = parts;
  const usual = channel.transport === "tls" ? 5061 : 5060;
  const place = printHostPort(domain, parts.port === usual ? undefined : parts.port);
  const parameter = channel.transport === "udp" ? "" : `;transport=${channel.transport}`;
  return buildRequest({
    method: "INVITE",
    uri: `sip:${escapeUser(number)}@${place}${parameter}`,
    transport: channel.transport,
    local: channel.local,
    from: `sip:${escapeUser(user)}@${printHostPort(domain, undefined)}`,
    to: `sip:${escapeUser(number)}@${printHostPort(domain, undefined)}`,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: callAgent,
    contactUser: "offhook",
    headers: [{ name: "Allow", value: "INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS" }, ...headers],
    body: { type: "application/sdp", bytes: Buffer.from(offer) },
  });
}
