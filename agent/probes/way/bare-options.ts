import { randomBytes } from "node:crypto";
import type { SipRequest } from "../../../protocol/sip/message.ts";
import {
  newBranch,
  newCallId,
  newTag,
  optionsRequest,
  type SipTransport,
} from "../../../protocol/sip/request.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { WayPlace } from "./place.ts";

/** An OPTIONS that asks the server itself, from one end of ours; `probe` names itself in the User-Agent. */
export function bareOptions(
  { host, port }: WayPlace,
  transport: SipTransport,
  local: { readonly address: string; readonly port: number },
  probe: string,
): SipRequest {
  const to = `sip:${printHostPort(host, port)}${transport === "udp" ? "" : `;transport=${transport}`}`;
  return optionsRequest({
    uri: to,
    transport,
    local,
    from: `sip:offhook@${printHostPort(host, undefined)}`,
    to,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: `Offhook (${probe} probe)`,
  });
}
