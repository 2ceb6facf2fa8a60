import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** A switch and a priority under each codec's number, which is its word. */
function encodeTable(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const parts = [...input.words]
    .filter(([codec]) => input.model.codecs.some((name) => name === codec))
    .flatMap(([codec, number]) => {
      const place = wanted.indexOf(codec);
      const on = { name: `ENABLE${number}`, value: place === -1 ? "N" : "Y" };
      return place === -1 ? [on] : [on, { name: `PRIORITY${number}`, value: String(place + 1) }];
    });
  return { ok: true, parts, notes };
}

// The older bases have five places.
const mostPlaces = 5;

/** Name and payload type by place; the words are `PCMA/8`. A place left over repeats the last codec. */
function encodePlaces(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  const last = wanted.at(-1);
  if (last === undefined) return { ok: false, limit: "at least one codec that the model has" };
  const parts = Array.from({ length: mostPlaces }, (_, place) => {
    const [name = "", type = ""] = (input.words.get(wanted[place] ?? last) ?? "").split("/");
    return [
      { name: `CODEC${place}`, value: name },
      { name: `PTYPE${place}`, value: type },
    ];
  });
  return { ok: true, parts: parts.flat(), notes };
}

/** Panasonic's codecs: a table (`CODEC_ENABLE0_1`), or places (`SDP_CODEC0_1`) on the TGP500 and TGP550. */
export const panasonicCodecs: readonly Encoding[] = [
  { name: "panasonic-codecs", settings: ["line.codecs"], encode: encodeTable },
  { name: "panasonic-codec-places", settings: ["line.codecs"], encode: encodePlaces },
];
