import { rtpMaps, type RtpMap, type SdpMedia } from "./session.ts";

// Clocks that a format has by its RFC, whatever it samples with: G.722 8000 (RFC 3551 4.5.2), Opus 48000 (RFC 7587 4.1).
const fixedClocks: Readonly<Record<string, number>> = {
  pcmu: 8000,
  pcma: 8000,
  g722: 8000,
  g729: 8000,
  opus: 48_000,
};

const print = ({ encoding, clock }: RtpMap) => `${encoding}/${clock}`;

/** Where offer and answer mean different things by one payload type, or the answer gives a format a clock it does not have. */
export function compareMaps(offer: SdpMedia, answer: SdpMedia): string[] {
  return compareRtpMaps(rtpMaps(offer), rtpMaps(answer));
}

/** The same of maps that were read already. */
export function compareRtpMaps(offer: readonly RtpMap[], answer: readonly RtpMap[]): string[] {
  const ours = new Map(offer.map((map) => [map.payloadType, map]));
  return answer.flatMap((theirs) => {
    const mine = ours.get(theirs.payloadType);
    const fixed = fixedClocks[theirs.encoding.toLowerCase()];
    if (mine !== undefined && mine.encoding.toLowerCase() !== theirs.encoding.toLowerCase())
      return [`${theirs.payloadType} is ${print(mine)} here and ${print(theirs)} there`];
    const wanted = fixed ?? mine?.clock;
    return wanted === undefined || wanted === theirs.clock
      ? []
      : [`${print(theirs)} under ${theirs.payloadType}: its clock is ${wanted}`];
  });
}
