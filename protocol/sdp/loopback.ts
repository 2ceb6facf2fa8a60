import { attributes, type SdpMedia } from "./session.ts";

// RFC 6849 section 5: `a=loopback:` names the types in order of wish, `a=loopback-source` and `a=loopback-mirror` the
// roles. The RFC's examples have no space after the colon and its grammar has one; attributes() takes both.

export type LoopbackType = "rtp-pkt-loopback" | "rtp-media-loopback";
export type LoopbackRole = "source" | "mirror";

export interface LoopbackOffer {
  readonly types: readonly LoopbackType[];
  /** Undefined in an answer: the peer does not know the extension, which is no error. */
  readonly role: LoopbackRole | undefined;
}

/** What a medium says about loopback, or undefined when it says nothing. */
export function loopbackOf(media: SdpMedia): LoopbackOffer | undefined {
  const words = attributes(media.lines, "loopback").flatMap((value) => value.split(/\s+/u));
  const types = words.filter(isLoopbackType);
  const role = (["source", "mirror"] as const).find(
    (name) => attributes(media.lines, `loopback-${name}`).length > 0,
  );
  return types.length === 0 && role === undefined ? undefined : { types, role };
}

function isLoopbackType(word: string): word is LoopbackType {
  return word === "rtp-pkt-loopback" || word === "rtp-media-loopback";
}
