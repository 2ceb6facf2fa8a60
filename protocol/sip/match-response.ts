import { cseqOf, headerValue, headerValues, type SipRequest, type SipResponse } from "./message.ts";
import { tagOf } from "./name-addr.ts";
import { branchOfVia } from "./via.ts";

export type ResponseMatch = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * Does this response answer this request? The top branch (compared by value, without case) and the CSeq method say so
 * (RFC 3261 17.1.3); exactly one Via may be left (8.1.3.3), and Call-ID and From tag must be ours.
 */
export function matchResponse(request: SipRequest, response: SipResponse): ResponseMatch {
  const vias = headerValues(response, "Via");
  if (vias.length !== 1) return no(`it has ${vias.length} Via values, not one`);
  if (branchOf(vias[0]) !== branchOf(headerValues(request, "Via")[0])) return no("its branch is another's");
  const cseq = cseqOf(response);
  if (cseq?.method !== request.method) return no(`its CSeq is for ${cseq?.method ?? "nothing"}`);
  if (headerValue(response, "Call-ID") !== headerValue(request, "Call-ID"))
    return no("its Call-ID is another's");
  return sameTag(headerValue(request, "From"), headerValue(response, "From"))
    ? { ok: true }
    : no("its From tag is another's");
}

/** Servers repeat From as it was (RFC 3261 8.2.6.2): only where one did not, the two are taken apart. */
function sameTag(ours: string | undefined, theirs: string | undefined): boolean {
  return ours === theirs || tagOf(ours) === tagOf(theirs);
}

function no(why: string): ResponseMatch {
  return { ok: false, why };
}

function branchOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : branchOfVia(text);
}
