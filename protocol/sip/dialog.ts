import { cseqOf, headerValue, headerValues, type SipRequest, type SipResponse } from "./message.ts";
import { decodeNameAddr, tagOf } from "./name-addr.ts";
import { buildRequest, type RequestParts } from "./request.ts";

/** What the caller of an answered INVITE remembers (RFC 3261 12.1.2). */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localUri: string;
  readonly remoteUri: string;
  /** Where requests inside the dialog go: the Contact of the answer. */
  readonly remoteTarget: string;
  /** Route values, first hop first: the Record-Route of the answer, turned around. */
  readonly route: readonly string[];
  /** The number of our last request with a CSeq of its own; ACK repeats the INVITE's. */
  readonly cseq: number;
}

/** The dialog that a 2xx (or a 1xx with a tag) to our INVITE makes; undefined when the answer has no To tag. */
export function dialogOf(invite: SipRequest, response: SipResponse): Dialog | undefined {
  const remoteTag = tagOf(headerValue(response, "To"));
  if (remoteTag === undefined) return undefined;
  return {
    callId: headerValue(invite, "Call-ID") ?? "",
    localTag: tagOf(headerValue(invite, "From")) ?? "",
    remoteTag,
    localUri: uriIn(headerValue(invite, "From")) ?? invite.uri,
    remoteUri: uriIn(headerValue(invite, "To")) ?? invite.uri,
    remoteTarget: uriIn(headerValues(response, "Contact")[0]) ?? invite.uri,
    route: headerValues(response, "Record-Route").toReversed(),
    cseq: cseqOf(invite)?.number ?? 1,
  };
}

function uriIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const value = decodeNameAddr(text);
  return value.ok ? value.value.uriText : undefined;
}

/**
 * A request inside the dialog, such as BYE, with the number after the dialog's last (count it up in your copy),
 * or the ACK for a 2xx, which repeats the INVITE's number and has a branch of its own (RFC 3261 13.2.2.4).
 */
export function requestInDialog(
  dialog: Dialog,
  parts: Pick<
    RequestParts,
    "method" | "transport" | "local" | "branch" | "userAgent" | "headers" | "body" | "contactUser"
  >,
): SipRequest {
  return buildRequest({
    ...parts,
    uri: dialog.remoteTarget,
    from: dialog.localUri,
    to: dialog.remoteUri,
    callId: dialog.callId,
    fromTag: dialog.localTag,
    toTag: dialog.remoteTag,
    cseq: parts.method === "ACK" ? dialog.cseq : dialog.cseq + 1,
    route: dialog.route,
  });
}
