import type { LineKey } from "../../../../protocol/phone-settings.ts";
import type { PhoneModel } from "../../phone-model.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type KeyPlace, phoneKeys } from "./phone-keys.ts";

type KeyWords<T> = Readonly<Partial<Record<LineKey["type"], T>>>;

/** Type 1: a number, the account it works on, and what the key does with it. */
const memories: KeyWords<string> = {
  "speed-dial": "f",
  login: "f",
  "group-pickup": "f",
  // `b` watches; the next letter is what the key does during a call, `a` an attended transfer.
  blf: "ba",
  park: "c",
};

/** Type 3: something that the phone itself does. */
const events: KeyWords<string> = {
  pickup: "F_PICKUP",
  voicemail: "F_MWI",
  transfer: "F_B_TRANSFER",
  hold: "F_HOLD",
  forward: "F_CFWD",
  dnd: "F_DND",
  redial: "F_REDIAL",
  record: "F_RECORD",
  ldap: "F_LDAPCONTACTS:0",
};

const others: KeyWords<(value: string, line: number) => { type: string; value: string }> = {
  none: () => ({ type: "0", value: "" }),
  line: (_, line) => ({ type: "2", value: `SIP${line}` }),
  dtmf: (value) => ({ type: "4", value }),
  url: (value) => ({ type: "7", value }),
  "action-url": (value) => ({ type: "7", value }),
  paging: (value) => ({ type: "14", value: `${value}/PCMU` }),
  prefix: (value) => ({ type: "3", value: `F_PREFIX:${value}` }),
};

const textSetting = (value: unknown): string => (typeof value === "string" ? value : "");

/** What Fanvil calls a key's type and value, or undefined for a type that it has not as far as we know. */
function keyText(key: LineKey, setting: (path: string) => unknown) {
  const { type, line = 1 } = key;
  const code = type === "group-pickup" ? textSetting(setting("pickup.group")) : "";
  const value = key.value ?? code;
  const memory = memories[type];
  if (memory !== undefined) {
    const direct = type === "blf" ? (key.pickupCode ?? textSetting(setting("pickup.direct"))) : "";
    return { type: "1", value: `${value}@${line}/${memory}${direct === "" ? "" : `${direct}${value}`}` };
  }
  const event = events[type];
  return event === undefined ? others[type]?.(value, line) : { type: "3", value: event };
}

/** The page (`dssSide1`, `internal2`) and the key on it, of the model's keyBanks; without banks all on one page. */
function pageOf({ position }: KeyPlace, model: PhoneModel): { kind: string; page: number; nth: number } {
  let rest = position;
  for (const { name, keys } of model.keyBanks ?? []) {
    const [, kind = name, page = "1"] = /^(\D+)(\d+)$/.exec(name) ?? [];
    if (rest <= keys) return { kind, page: Number(page), nth: rest };
    rest -= keys;
  }
  return { kind: "internal", page: 1, nth: rest };
}

const free: LineKey = { position: 1, type: "none" };

function pages(model: PhoneModel, kind: string): number {
  return (model.keyBanks ?? []).filter(({ name }) => name.startsWith(kind)).length;
}

function encode(input: EncodingInput): Encoded {
  const found = phoneKeys(input);
  if (found === undefined) return { ok: true, parts: [] };
  const { words, model, setting } = input;
  const notes = [...found.notes];
  const counts = ["internal", "dssSide"].flatMap((kind) => {
    const name = words.get(`${kind}-pages`);
    return name === undefined || pages(model, kind) === 0
      ? []
      : [{ name, value: String(pages(model, kind)) }];
  });
  const parts = found.places.flatMap((place) => {
    if (place.module !== undefined) return [];
    const { kind, page, nth } = pageOf(place, model);
    const text = keyText(place.key ?? free, setting);
    if (text === undefined)
      notes.push(`${model.model} has no key for ${place.key?.type}: the place stays free`);
    const { type, value } = text ?? { type: "0", value: "" };
    const label = text === undefined ? "" : (place.key?.label ?? "");
    const shape = words.get(kind);
    if (shape === undefined) return [];
    const name = shape.replace("<page>", String(page)).replace("<key>", String(nth));
    return [
      { name: `${name}Type`, value: type },
      { name: `${name}Value`, value },
      { name: `${name}Title`, value: label },
    ];
  });
  return { ok: true, parts: [...counts, ...parts], notes };
}

/**
 * All keys of a Fanvil, by pages. The entry's words tell the dialect: where a page's keys stand (`internal`, `dssSide`, with
 * `<page>` and `<key>`) and how the numbers of pages are called.
 */
export const fanvilKeys: Encoding = {
  name: "fanvil-keys",
  settings: ["keys", "pickup.direct", "pickup.group"],
  encode,
};
