import { Value } from "typebox/value";
import { type KeyType, LineKey } from "../../../../protocol/phone-settings.ts";
import type { PhoneModel } from "../../phone-model.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Code = (path: string) => string;

/** The element's text: a type, and what it works on. */
const texts: Partial<Record<KeyType, (key: LineKey, code: Code) => string>> = {
  line: () => "line",
  blf: ({ value = "", pickupCode }, code) => {
    const pickup = pickupCode ?? code("pickup.direct");
    return pickup === "" ? `blf ${value}` : `blf ${value}|${pickup}`;
  },
  "speed-dial": ({ value = "" }) => `speed ${value}`,
  park: ({ value = "" }) => `orbit ${value}`,
  "retrieve-park": ({ value = "" }) => `speed ${value}`,
  pickup: ({ value = "", pickupCode }, code) => `speed ${pickupCode ?? code("pickup.direct")}${value}`,
  "group-pickup": ({ value = "" }, code) => `speed ${value === "" ? code("pickup.group") : value}`,
  dtmf: ({ value = "" }) => `dtmf ${value}`,
  intercom: ({ value = "" }) => `icom ${value}`,
  paging: ({ value = "" }) => `multicast ${value}`,
  voicemail: () => "keyevent F_VOICEMAIL_INFO",
  transfer: () => "keyevent F_TRANSFER",
  hold: () => "keyevent F_HOLD",
  conference: () => "keyevent F_CONFERENCE",
  forward: ({ value = "" }) => (value === "" ? "keyevent F_REDIRECT" : `redirect ${value}`),
  dnd: () => "keyevent F_DND",
  redial: () => "keyevent F_REDIAL",
  record: () => "record",
  phonebook: () => "keyevent F_ADR_BOOK",
  ldap: () => "keyevent F_DIRECTORY_SEARCH",
  url: ({ value = "" }) => `url ${value}`,
  "action-url": ({ value = "" }) => `url ${value}`,
  none: () => "none",
};

interface Part {
  readonly name: string;
  readonly value: string;
}

function keyParts(place: number, key: LineKey, text: string): Part[] {
  const element = `fkey[${place}]`;
  const label = key.label ?? "";
  return [
    { name: element, value: text.trim() },
    { name: `${element}@context`, value: String(key.line ?? 1) },
    { name: `${element}@label`, value: label },
    { name: `${element}@short_label`, value: label },
  ];
}

/** Keys count from 0, and those of modules on behind those of the phone. Undefined: the model has no such key. */
function placeOf(key: LineKey, { keys, modules }: PhoneModel): number | undefined {
  if (key.module === undefined) return key.position <= keys ? key.position - 1 : undefined;
  if (modules === undefined || key.module > modules.most || key.position > modules.keys) return undefined;
  return keys + (key.module - 1) * modules.keys + key.position - 1;
}

function encode({ setting, model }: EncodingInput): Encoded {
  const asked = setting("keys");
  const keys = Array.isArray(asked) ? asked.filter((key) => Value.Check(LineKey, key)) : [];
  if (keys.length === 0) return { ok: true, parts: [] };
  const code = (path: string) => {
    const said = setting(path);
    return typeof said === "string" ? said : "";
  };
  const notes: string[] = [];
  const byPlace = new Map<number, Part[]>();
  for (const key of keys) {
    const place = placeOf(key, model);
    const text = texts[key.type]?.(key, code);
    const of = key.module === undefined ? "" : ` of module ${key.module}`;
    if (place === undefined) notes.push(`${model.model} has no key ${key.position}${of}: it is left out`);
    else if (text === undefined)
      notes.push(`${model.model} has no key of type ${key.type}: key ${key.position}${of} is left out`);
    else byPlace.set(place, keyParts(place, key, text));
  }
  const last = Math.max(model.keys - 1, ...byPlace.keys());
  const parts = Array.from(
    { length: last + 1 },
    (_, place) => byPlace.get(place) ?? [{ name: `fkey[${place}]`, value: "none" }],
  );
  return { ok: true, parts: parts.flat(), notes };
}

/** Snom's function keys, from 0, in the section functionKeys: `fkey[0]` and its attributes. */
export const snomKeys: Encoding = {
  name: "snom-keys",
  settings: ["keys", "pickup.direct", "pickup.group"],
  encode,
};
