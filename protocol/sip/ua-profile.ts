import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { tryParseMacAddress, type MacAddress } from "../mac-address.ts";
import { Defects } from "./defect.ts";
import { headerValue, type SipRequest } from "./message.ts";
import { decodeNameAddr } from "./name-addr.ts";
import { readParameters } from "./parameters.ts";
import { buildRequest, newBranch, newCallId, newTag, type RandomBytes } from "./request.ts";
import { decodeUri, printHostPort, userOf } from "./uri.ts";

// "SIP plug and play": a new phone asks the multicast group for its configuration (RFC 6080's ua-profile event, as phone
// makers speak it); the answer is a 200 and a NOTIFY whose body is the address to fetch from.

/** Where phones ask: SIP's own group (RFC 3261 18.1.1) and port. */
export const pnpGroup = { address: "224.0.1.75", port: 5060 } as const;
export const pnpBody = "application/url";

/** What a phone said when it asked the group. */
export interface ProfileSubscription {
  readonly request: SipRequest;
  readonly mac?: MacAddress;
  readonly vendor?: string;
  readonly model?: string;
  readonly firmware?: string;
  /** URI that the NOTIFY goes to. */
  readonly contact: string;
}

/**
 * Reads a SUBSCRIBE for ua-profile. Phones write the event with capitals and with blanks around `;` and `=`, quote its
 * values or not, and put the MAC into the user part as `MAC%3a…`, `MAC=…` or bare.
 */
export function decodeProfileSubscription(request: SipRequest): Decoded<ProfileSubscription> {
  if (request.method !== "SUBSCRIBE") return mismatch("method", "SUBSCRIBE", request.method);
  const event = headerValue(request, "Event") ?? "";
  const semicolon = event.indexOf(";");
  const name = (semicolon === -1 ? event : event.slice(0, semicolon)).trim();
  if (name.toLowerCase() !== "ua-profile") return mismatch("Event", "ua-profile", name);
  const said = readParameters(semicolon === -1 ? "" : event.slice(semicolon), 0, "header", new Defects());
  const type = (said.get("profile-type") ?? "device").toLowerCase();
  if (type !== "device") return mismatch("Event: profile-type", "device", type);
  const contact = decodeNameAddr(headerValue(request, "Contact") ?? "");
  if (!contact.ok)
    return mismatch("Contact", "an address for the NOTIFY", headerValue(request, "Contact") ?? "none");
  const mac = macOf(request.uri) ?? macOf(uriOf(headerValue(request, "From")));
  const words = { vendor: said.get("vendor"), model: said.get("model"), firmware: said.get("version") };
  const told = Object.entries(words).filter(([, word]) => typeof word === "string" && word !== "");
  return decoded({
    request,
    contact: contact.value.uriText,
    ...(mac === undefined ? {} : { mac }),
    ...(Object.fromEntries(told) as { vendor?: string; model?: string; firmware?: string }),
  });
}

function uriOf(value: string | undefined): string {
  const read = decodeNameAddr(value ?? "");
  return read.ok ? read.value.uriText : "";
}

function macOf(uriText: string): MacAddress | undefined {
  const uri = decodeUri(uriText);
  if (!uri.ok || uri.value.kind !== "sip") return undefined;
  const user = userOf(uri.value) ?? "";
  return tryParseMacAddress(user.replace(/^mac\s*[:=]\s*/i, ""));
}

interface OwnEnd {
  readonly local: { readonly address: string; readonly port: number };
  readonly userAgent: string;
  readonly random: RandomBytes;
}

/** The NOTIFY that answers: sent to the phone's Contact, in the dialog of its SUBSCRIBE. */
export function profileNotify(
  { request, contact }: ProfileSubscription,
  url: string,
  { toTag, local, userAgent, random }: OwnEnd & { readonly toTag: string },
): SipRequest {
  const from = decodeNameAddr(headerValue(request, "From") ?? "");
  const tag = from.ok ? (from.value.parameters.get("tag") ?? undefined) : undefined;
  return buildRequest({
    method: "NOTIFY",
    uri: contact,
    transport: "udp",
    local,
    from: uriOf(headerValue(request, "To")) || contact,
    fromTag: toTag,
    to: uriOf(headerValue(request, "From")) || contact,
    ...(tag === undefined || tag === null ? {} : { toTag: tag }),
    callId: headerValue(request, "Call-ID") ?? newCallId(random),
    cseq: 1,
    branch: newBranch(random),
    userAgent,
    headers: [
      { name: "Event", value: "ua-profile;effective-by=0" },
      { name: "Subscription-State", value: "terminated;reason=timeout" },
    ],
    body: { type: pnpBody, bytes: Buffer.from(url) },
  });
}

/** Asks the group as a phone with this MAC does. */
export function profileSubscribe(
  mac: MacAddress,
  about: { readonly vendor: string; readonly model: string; readonly firmware: string },
  group: { readonly address: string; readonly port: number },
  { local, userAgent, random }: OwnEnd,
): SipRequest {
  const uri = `sip:MAC%3a${mac.replaceAll(":", "")}@${printHostPort(group.address, undefined)}`;
  const { vendor, model, firmware } = about;
  return buildRequest({
    method: "SUBSCRIBE",
    uri,
    transport: "udp",
    local,
    from: uri,
    to: uri,
    fromTag: newTag(random),
    callId: newCallId(random),
    cseq: 1,
    branch: newBranch(random),
    maxForwards: 1,
    userAgent,
    headers: [
      {
        name: "Event",
        value: `ua-profile;profile-type="device";vendor="${vendor}";model="${model}";version="${firmware}"`,
      },
      { name: "Expires", value: "0" },
      { name: "Accept", value: pnpBody },
    ],
  });
}
