import { lostShare, type Listening } from "./listening.ts";

/** Is this text of a switch or a phone, and no meter's? */
export function looksLikeConsole(sample: Uint8Array): boolean {
  const text = Buffer.from(sample).toString("latin1");
  const printable = text.replaceAll(/[^\x20-\x7e\r\n\t]/g, "").length;
  const letters = text.replaceAll(/[^A-Za-z]/g, "").length;
  return text.length >= 8 && printable / text.length > 0.9 && letters / text.length > 0.4;
}

/** What the octets of a line on which no frame was found may be, as a sentence. */
export function noiseSentence(listening: Listening, name: string): string {
  const check = "check model, baud rate and cable";
  if (looksLikeConsole(listening.sample))
    return `this looks like a console and not like a ${name}; nothing was sent to it; ${check}`;
  return `no frame of a ${name} in ${listening.bytes} bytes: ${check}`;
}

/** What a line that loses much of what it carries may suffer from; undefined where it is sound. */
export function lineNoise(listening: Listening): string | undefined {
  const lost = lostShare(listening);
  if (lost < 0.2 || listening.bytes < 50) return undefined;
  const percent = Math.round(lost * 100);
  const shared = percent >= 30 && percent <= 70 ? "another program may have the port; " : "";
  return `${percent} % of what came is damaged: ${shared}check the cable, the baud rate and that the infrared window is clean`;
}
