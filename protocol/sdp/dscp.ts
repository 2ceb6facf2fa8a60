import { attributes, type SdpMedia } from "./session.ts";

// `a=x-offhook-dscp:46` in an offer asks our mirror to mark its packets so; in an answer it says that they are. Who does not
// know an attribute passes it over (RFC 8866 5.13), and whoever does not repeat it marks as it likes.

const name = "x-offhook-dscp";

/** The attribute, without its `a=`. */
export function dscpAttribute(dscp: number): string {
  return `${name}:${dscp}`;
}

/** 0–63; undefined where the media has none that can be read. */
export function decodeDscpAttribute(media: SdpMedia): number | undefined {
  const [value = ""] = attributes(media.lines, name);
  return /^\d{1,2}$/u.test(value) && Number(value) <= 63 ? Number(value) : undefined;
}
