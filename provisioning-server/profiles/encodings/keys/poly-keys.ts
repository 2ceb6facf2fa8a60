import { Value } from "typebox/value";
import { type KeyType, LineKey } from "../../../../protocol/phone-settings.ts";
import type { PhoneModel } from "../../phone-model.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

// A line key names a category and an index into a list of its own: accounts, watched extensions (which the phone hands out
// in order, index 0), or enhanced feature keys (macros). So the lists have to be counted over all keys.

interface Part {
  readonly name: string;
  readonly value: string;
}

// Signs that mean something in a macro: a number with one of them would do something else.
const macroSigns = /[$^!]/;
const mostMacros = 50;

type Code = (path: string) => string;

/** The macros of keys that dial, send digits or call a function of the phone. */
const macros: Partial<Record<KeyType, (key: LineKey, code: Code) => string>> = {
  "speed-dial": ({ value = "" }) => `${value}$Tinvite$`,
  "retrieve-park": ({ value = "" }) => `${value}$Tinvite$`,
  pickup: ({ value = "", pickupCode }, code) => `${pickupCode ?? code("pickup.direct")}${value}$Tinvite$`,
  "group-pickup": ({ value = "" }, code) => `${value === "" ? code("pickup.group") : value}$Tinvite$`,
  dtmf: ({ value = "" }) => `${value}$Tdtmf$`,
  voicemail: () => "$FMessages$",
  transfer: () => "$FTransfer$",
};

class KeyWriter {
  readonly parts: Part[] = [];
  readonly notes: string[] = [];
  readonly #input: EncodingInput;
  #watched = 0;
  #macros = 0;

  constructor(input: EncodingInput) {
    this.#input = input;
  }

  write(place: number, key: LineKey | undefined): void {
    if (key === undefined || key.type === "none" || !this.#assign(place, key))
      this.#line(place, "Unassigned", 0);
  }

  #line(place: number, category: string, index: number): void {
    this.parts.push({ name: `lineKey.${place}.category`, value: category });
    this.parts.push({ name: `lineKey.${place}.index`, value: String(index) });
  }

  #assign(place: number, key: LineKey): boolean {
    if (key.type === "line") this.#line(place, "Line", key.line ?? 1);
    else if (key.type === "blf" || key.type === "park") this.#watch(place, key);
    else return this.#macro(place, key);
    return true;
  }

  #watch(place: number, key: LineKey): void {
    this.#watched += 1;
    const { value = "", label = value } = key;
    const list = `attendant.resourceList.${this.#watched}`;
    this.#line(place, "BLF", 0);
    this.parts.push({ name: `${list}.address`, value });
    this.parts.push({ name: `${list}.label`, value: label });
    // `automata` is what is not a person: a parking place.
    this.parts.push({ name: `${list}.type`, value: key.type === "park" ? "automata" : "normal" });
  }

  #macro(place: number, key: LineKey): boolean {
    const code = (path: string) => {
      const said = this.#input.setting(path);
      return typeof said === "string" ? said : "";
    };
    const macro = macros[key.type]?.(key, code);
    const numbers = `${key.value ?? ""}${key.pickupCode ?? ""}`;
    if (macro === undefined) return this.#leave(place, `has no key of type ${key.type} that we know`);
    if (macroSigns.test(numbers)) return this.#leave(place, "takes a number without $, ^ and !");
    if (this.#macros === mostMacros) return this.#leave(place, `has ${mostMacros} feature keys`);
    this.#macros += 1;
    const list = `efk.efklist.${this.#macros}`;
    this.#line(place, "EFK", this.#macros);
    this.parts.push({ name: `${list}.mname`, value: `key${place}` });
    this.parts.push({ name: `${list}.status`, value: "1" });
    this.parts.push({ name: `${list}.label`, value: key.label ?? key.value ?? key.type });
    this.parts.push({ name: `${list}.action.string`, value: macro });
    return true;
  }

  #leave(place: number, why: string): false {
    this.notes.push(`${this.#input.model.model} ${why}: key ${place} is left out`);
    return false;
  }
}

/** Keys of modules count on behind those of the phone. Undefined: the model has no such key. */
function placeOf(key: LineKey, { keys, modules }: PhoneModel): number | undefined {
  if (key.module === undefined) return key.position <= keys ? key.position : undefined;
  if (modules === undefined || key.module > modules.most || key.position > modules.keys) return undefined;
  return keys + (key.module - 1) * modules.keys + key.position;
}

function encode(input: EncodingInput): Encoded {
  const asked = input.setting("keys");
  const keys = Array.isArray(asked) ? asked.filter((key) => Value.Check(LineKey, key)) : [];
  if (keys.length === 0) return { ok: true, parts: [] };
  const writer = new KeyWriter(input);
  const byPlace = new Map<number, LineKey>();
  for (const key of keys) {
    const place = placeOf(key, input.model);
    if (place !== undefined) byPlace.set(place, key);
    else {
      const of = key.module === undefined ? "" : ` of module ${key.module}`;
      writer.notes.push(`${input.model.model} has no key ${key.position}${of}: it is left out`);
    }
  }
  const last = Math.max(input.model.keys, ...byPlace.keys());
  for (let place = 1; place <= last; place += 1) writer.write(place, byPlace.get(place));
  return { ok: true, parts: writer.parts, notes: writer.notes };
}

/** Poly's line keys with the lists they point into: watched extensions and enhanced feature keys. */
export const polyKeys: Encoding = {
  name: "poly-keys",
  settings: ["keys", "pickup.direct", "pickup.group"],
  encode,
};
