import { randomBytes } from "node:crypto";
import { buildRequest, newBranch, newCallId, newTag, type RandomBytes } from "../../protocol/sip/request.ts";
import type { SipRequest } from "../../protocol/sip/message.ts";
import type { NotifyTarget } from "./notify-target.ts";

/** Who we say we are, in From. */
const fromUser = "offhook";

/**
 * A NOTIFY outside any dialog, as check-sync is sent everywhere although RFC 6665 has no such thing: phones look at Event
 * alone, but some want Subscription-State to be there.
 */
export function notifyRequest(
  target: NotifyTarget,
  event: string,
  local: { readonly address: string; readonly port: number },
  random: RandomBytes = randomBytes,
): SipRequest {
  const host = local.address.includes(":") ? `[${local.address}]` : local.address;
  // A PBX lets its own domain's users through; a phone that checks the sender sees an address it can answer.
  const domain = target.way === "pbx" ? target.uri.slice(target.uri.indexOf("@") + 1) : host;
  return buildRequest({
    method: "NOTIFY",
    uri: target.uri,
    transport: "udp",
    local,
    from: `sip:${target.way === "pbx" ? (target.pbxAccount?.user ?? fromUser) : fromUser}@${domain}`,
    to: target.uri,
    callId: newCallId(random),
    fromTag: newTag(random),
    cseq: 1,
    branch: newBranch(random),
    contactUser: fromUser,
    userAgent: "Offhook",
    headers: [
      { name: "Event", value: event },
      { name: "Subscription-State", value: "terminated" },
    ],
  });
}
