// What proves or is a password is masked, what explains a login stays. Digest responses can be searched for the password, SDES
// keys decrypt the call.

/** Where in a text something secret stands. */
interface Span {
  readonly at: number;
  readonly length: number;
}

const authorization = /^(?:Proxy-)?Authorization[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)/dgim;
/** The server's proof that it knows the password, too (RFC 7616 3.5). */
const authenticated = /^(?:Proxy-)?Authentication-Info[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)/dgim;
const digestParts = /\b(?:response|cnonce|rspauth)[ \t]*=[ \t]*(?:"([^"]*)|([^\s,"]+))/dgi;
const afterScheme = /^\s*\S+\s+([\s\S]+)$/d;
const others = [
  // Several keys in a line, with `;` between them (RFC 4568 9.1).
  /(?<=^a=crypto:.*)inline:([^\s|;]+)/dgim,
  /^k=(?:clear|base64):(.*)$/dgim,
  /^Signal[ \t]*[=:][ \t]*(.*)$/dgim,
  /sips?:[^\s:@;>]+:([^\s@;>]+)@/dgi,
];

/** Those of a SIP or HTTP message, or of a piece of one. */
function secretsIn(text: string): Span[] {
  const credentials = spansOf(text, authorization).flatMap(({ at, length }) => {
    const value = text.slice(at, at + length);
    const digest = /^\s*Digest\b/i.test(value);
    const match = digest ? null : afterScheme.exec(value)?.indices?.[1];
    const inside = digest ? spansOf(value, digestParts) : match ? [spanOf(match)] : [];
    return inside.map((span) => ({ at: at + span.at, length: span.length }));
  });
  const proofs = spansOf(text, authenticated).flatMap(({ at, length }) =>
    spansOf(text.slice(at, at + length), digestParts).map((span) => ({ ...span, at: at + span.at })),
  );
  return [...credentials, ...proofs, ...others.flatMap((pattern) => spansOf(text, pattern))];
}

/** What the first group that took part matched, of each match. */
function spansOf(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].flatMap(({ indices }) => {
    const group = indices?.slice(1).find((each) => each !== undefined);
    return group === undefined ? [] : [spanOf(group)];
  });
}

const spanOf = ([from, to]: readonly [number, number]): Span => ({ at: from, length: to - from });

/** A message as it may be shown. */
export function maskSecrets(text: string): string {
  const spans = secretsIn(text).toSorted((a, b) => b.at - a.at);
  return spans.reduce((shown, { at, length }) => `${shown.slice(0, at)}•••${shown.slice(at + length)}`, text);
}

/**
 * The same in the octets of a packet, in place: each octet of a secret becomes an `x`, so that no length changes.
 *
 * @param before what the packet before it left open of its last line
 * @returns whether there was one
 */
export function maskOctets(octets: Buffer, before = ""): boolean {
  const spans = secretsIn(before + octets.toString("latin1"))
    .map(({ at, length }) => ({ from: at - before.length, to: at - before.length + length }))
    .concat(communityIn(octets).map(({ at, length }) => ({ from: at, to: at + length })))
    // Of what a length claims, as much as is there.
    .map(({ from, to }) => ({ from: Math.max(0, from), to: Math.min(octets.length, to) }))
    .filter(({ from, to }) => from < to);
  for (const { from, to } of spans) octets.fill(0x78, from, to);
  return spans.length > 0;
}

/** SNMP v1 and v2c (RFC 1157 4, RFC 1901 3): a sequence of version 0 or 1, then the community as an octet string. */
function communityIn(octets: Buffer): Span[] {
  if (octets[0] !== 0x30) return [];
  const at = (octets[1] ?? 0) < 0x80 ? 2 : 2 + ((octets[1] ?? 0) & 0x7f);
  const version = octets[at + 2] ?? 2;
  if (octets[at] !== 2 || octets[at + 1] !== 1 || version > 1 || octets[at + 3] !== 4) return [];
  return [{ at: at + 5, length: octets[at + 4] ?? 0 }];
}
