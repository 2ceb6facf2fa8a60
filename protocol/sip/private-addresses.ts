import { attributes, decodeSdp, type SdpLine, type SdpMedia } from "../sdp/session.ts";
import { addressScope } from "../stun/nat-behaviour.ts";
import { headerValue, type SipMessage } from "./message.ts";

/** An address in a message that the public network cannot reach. */
export interface PrivateAddress {
  /** Name of the header, or the SDP line such as `SDP c=`. */
  readonly field: string;
  readonly address: string;
  /** The other side sends there: a fault, where `false` only tells of the network inside. */
  readonly isUsed: boolean;
}

/** Headers whose address gets later requests (RFC 3261 8.1.1.8, 16.6; RFC 3608; RFC 3327). */
const routing: ReadonlySet<string> = new Set(["Contact", "Record-Route", "Service-Route", "Path"]);
/** What an answer repeats of the request is the asker's own; a product's version looks like an address. */
const notAnnounced: ReadonlySet<string> = new Set([
  "Via",
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Server",
  "User-Agent",
]);

/**
 * Every private address that a message announces in a header or a line of its SDP (RFC 1918, 6598, 4193, 3927, loopback).
 * A Via is left out: with `received` a private one is as it should be (RFC 3581).
 */
export function privateAddressesIn(message: SipMessage): PrivateAddress[] {
  const found = message.headers.flatMap(({ name, value }) =>
    notAnnounced.has(name) ? [] : privateOnes(value, name, routing.has(name)),
  );
  const all = [...found, ...inSdp(message)];
  return all.filter(
    ({ field, address }, place) =>
      all.findIndex((each) => each.field === field && each.address === address) === place,
  );
}

function inSdp(message: SipMessage): PrivateAddress[] {
  if (!/^application\/sdp\b/i.test(headerValue(message, "Content-Type") ?? "")) return [];
  const sdp = decodeSdp(Buffer.from(message.body).toString("utf8"));
  if (!sdp.ok) return [];
  const { lines, media } = sdp.value;
  // A session's `c=` counts for media that have none of their own, and are not refused (RFC 8866 5.7).
  const usesSession = media.some(
    ({ port, lines: own }) => port !== 0 && !own.some(({ type }) => type === "c"),
  );
  return [
    ...lines.flatMap((line) => inLine(line, line.type === "c" && usesSession)),
    ...media.flatMap(inMedia),
  ];
}

function inMedia({ port, lines }: SdpMedia): PrivateAddress[] {
  const candidates = attributes(lines, "candidate").map((value) => value.split(" "));
  // With ICE an inside address beside a public one is right (RFC 8445 5.1.1).
  const hasPublic = candidates.some(([, , , , address = ""]) => addressScope(address) === "public");
  return [
    ...lines.flatMap((line) => inLine(line, port !== 0 && line.type === "c" && !hasPublic)),
    ...attributes(lines, "rtcp").flatMap((value) => privateOnes(value, "SDP a=rtcp", port !== 0)),
    ...candidates.flatMap(([, , , , address = ""]) =>
      hasPublic ? [] : privateOnes(address, "SDP a=candidate", port !== 0),
    ),
  ];
}

function inLine({ type, value }: SdpLine, isUsed: boolean): PrivateAddress[] {
  return type === "o" || type === "c" ? privateOnes(value, `SDP ${type}=`, isUsed) : [];
}

const v4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g;
/** Two colons at least, so that `host:port` is none. */
const v6 = /(?<![\w:])(?:[\da-f]{1,4})?(?::[\da-f]{0,4}){2,7}(?![\w:])/gi;

function privateOnes(text: string, field: string, isUsed: boolean): PrivateAddress[] {
  return [...(text.match(v4) ?? []), ...(text.match(v6) ?? [])]
    .filter((address) => address !== "::" && addressScope(address) !== "public")
    .map((address) => ({ field, address, isUsed }));
}
