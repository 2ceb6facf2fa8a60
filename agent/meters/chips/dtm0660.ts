import { mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";
import { bit, fixedLength, type ModelFacts, type StreamingChip } from "./chip.ts";
import { decodeLcdFrame } from "./fs9721.ts";

// DTM0660 (PeakTech 3415, Velleman DVM4100): as the FS9721, with 15 octets 1x–fx and the nibbles mirrored:
//
//   0 RS232 AUTO DC AC   1–8 digits, minus and points in bit 0   9 diode k n µ   10 beep M % m   11 HOLD REL Ω F
//   12 battery Hz V A   13 user user C F   14 MAX MIN/MAX MIN APO

const digits: Readonly<Record<number, string>> = {
  0xeb: "0",
  0x0a: "1",
  0xad: "2",
  0x8f: "3",
  0x4e: "4",
  0xc7: "5",
  0xe7: "6",
  0x8a: "7",
  0xef: "8",
  0xcf: "9",
  0x61: "L",
  0x00: " ",
};

const looksLikeFrame = (bytes: Uint8Array) => {
  for (let place = 0; place < 15; place += 1) if ((bytes[place] ?? 0) >> 4 !== place + 1) return false;
  return true;
};

function decodeFrame(bytes: Uint8Array, model: ModelFacts): Decoded<Reading> {
  const nibble = (place: number) => (bytes[place] ?? 0) & 0x0f;
  if (!bit(nibble(0), 3)) return mismatch("byte 0", "the RS232 bit", "none");
  const pairs = [1, 3, 5, 7];
  return decodeLcdFrame({
    symbols: pairs.map((place) => digits[((nibble(place) << 4) | nibble(place + 1)) & ~0x10]),
    points: pairs.map((place) => place > 1 && bit(nibble(place), 0)),
    negative: bit(nibble(1), 0),
    ac: bit(nibble(0), 0),
    dc: bit(nibble(0), 1),
    diode: bit(nibble(9), 3),
    kilo: bit(nibble(9), 2),
    nano: bit(nibble(9), 1),
    micro: bit(nibble(9), 0),
    beep: bit(nibble(10), 3),
    mega: bit(nibble(10), 2),
    percent: bit(nibble(10), 1),
    milli: bit(nibble(10), 0),
    ohm: bit(nibble(11), 1),
    farad: bit(nibble(11), 0),
    hertz: bit(nibble(12), 2),
    volt: bit(nibble(12), 1),
    ampere: bit(nibble(12), 0),
    celsius: bit(nibble(13), 1),
    fahrenheit: bit(nibble(13), 0),
    counts: model.counts ?? 6000,
    flags: {
      auto: bit(nibble(0), 2),
      hold: bit(nibble(11), 3),
      relative: bit(nibble(11), 2),
      lowBattery: bit(nibble(12), 3),
      max: bit(nibble(14), 3),
      min: bit(nibble(14), 1),
      modes: bit(nibble(14), 2) ? ["min-max"] : [],
    },
  });
}

function chipFor(model: ModelFacts): StreamingChip {
  return {
    kind: "streaming",
    name: "dtm0660",
    bits: "8N1",
    longest: 15,
    lengthAt: fixedLength(15, looksLikeFrame),
    terminator: [],
    decodeFrame: (bytes) => decodeFrame(bytes, model),
    forModel: chipFor,
  };
}

export const dtm0660 = chipFor({});
