import { randomBytes } from "node:crypto";
import { checkSyncRequest } from "../../protocol/sip/check-sync.ts";
import type { RandomBytes } from "../../protocol/sip/request.ts";
import type { SipRequest } from "../../protocol/sip/message.ts";
import type { NotifyTarget } from "./notify-target.ts";

/** The check-sync for a phone, as the account that its PBX knows us by. */
export function notifyRequest(
  { way, uri, pbxAccount }: NotifyTarget,
  event: string,
  local: { readonly address: string; readonly port: number },
  random: RandomBytes = randomBytes,
): SipRequest {
  const through =
    way === "pbx"
      ? {
          domain: uri.slice(uri.indexOf("@") + 1),
          ...(pbxAccount === undefined ? {} : { user: pbxAccount.user }),
        }
      : {};
  return checkSyncRequest({ uri, event, transport: "udp", local, userAgent: "Offhook", ...through }, random);
}
