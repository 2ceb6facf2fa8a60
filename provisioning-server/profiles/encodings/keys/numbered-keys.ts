import type { LineKey } from "../../../../protocol/phone-settings.ts";
import type { PhoneModel } from "../../phone-model.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type KeyPlace, phoneKeys } from "./phone-keys.ts";

// Phones whose keys have numbers for names (P-values), in runs: `1363+2*6 23800+4` is 1363, 1365 … six times, then 23800,
// 23804 … The entry's words hold the runs under `@<bank>.<field>`, and what is written for a type under the type's word
// (`blf`), or under `<bank>:blf` where one bank counts otherwise. Banks are the model's keyBanks, or `key`, and `module`,
// whose keys are counted through. Where keys have names, `<n>` stands for the number instead: `pks.ext.<n>.value`.
// `<bank>:account` is how accounts are called there, and `label:length` how long a label may be.

const fields = ["type", "account", "label", "value", "pickup"] as const;
type Field = (typeof fields)[number];

interface Run {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

const parsed = new Map<string, readonly Run[]>();

function runsOf(text: string): readonly Run[] {
  let runs = parsed.get(text);
  if (runs === undefined) {
    runs = text.split(" ").map((run) => {
      const [, first, step, count] = /^(\d+)\+(\d+)(?:\*(\d+))?$/.exec(run) ?? [];
      return { first: Number(first), step: Number(step), count: Number(count ?? 1000) };
    });
    parsed.set(text, runs); // as many as the maps have
  }
  return runs;
}

/** The name of the nth key of a bank, from 1. */
function nameOf(text: string, nth: number): string | undefined {
  if (text.includes("<n>")) return text.replace("<n>", String(nth));
  let rest = nth - 1;
  for (const { first, step, count } of runsOf(text)) {
    if (rest < count) return `P${first + step * rest}`;
    rest -= count;
  }
  return undefined;
}

/** Which bank a place is in, and its number there. */
function bankOf({ module, position }: KeyPlace, model: PhoneModel): { bank: string; nth: number } {
  if (module !== undefined)
    return { bank: "module", nth: (module - 1) * (model.modules?.keys ?? 0) + position };
  let rest = position;
  for (const { name, keys } of model.keyBanks ?? []) {
    if (rest <= keys) return { bank: name, nth: rest };
    rest -= keys;
  }
  return { bank: "key", nth: rest };
}

function textOf(field: Field, key: LineKey | undefined, type: string, account: string): string {
  switch (field) {
    case "type":
      return type;
    case "account":
      return account;
    case "label":
      return key?.label ?? "";
    case "value":
      return key?.value ?? "";
    case "pickup":
      return key?.pickupCode ?? "";
  }
}

/** Accounts count from 0, unless a bank has a word for them: `Account<n>`, from 1. */
function accountOf(key: LineKey | undefined, word: string | undefined): string {
  const line = key?.line ?? 1;
  return word === undefined ? String(line - 1) : word.replace("<n>", String(line));
}

function encode(input: EncodingInput): Encoded {
  const found = phoneKeys(input);
  if (found === undefined) return { ok: true, parts: [] };
  const { words, model } = input;
  const notes = [...found.notes];
  const parts = found.places.flatMap((place) => {
    const { bank, nth } = bankOf(place, model);
    const kind = place.key?.type ?? "none";
    const type = words.get(`${bank}:${kind}`) ?? words.get(kind);
    if (type === undefined) notes.push(`${model.model} has no key for ${kind}: the place stays free`);
    const key = type === undefined ? undefined : place.key;
    const free = words.get(`${bank}:none`) ?? words.get("none") ?? "";
    return fields.flatMap((field) => {
      const runs = words.get(`@${bank}.${field}`);
      const name = runs === undefined ? undefined : nameOf(runs, nth);
      if (name === undefined) return [];
      const account = accountOf(key, words.get(`${bank}:account`));
      const value = textOf(field, key, type ?? free, account);
      const most = Number(words.get(`${field}:length`) ?? Infinity);
      if (value.length <= most) return [{ name, value }];
      notes.push(`the ${field} of key ${place.position} has more than ${most} characters: it is left out`);
      return [{ name, value: "" }];
    });
  });
  return { ok: true, parts, notes };
}

/** All keys of a phone under numbers; places that the device leaves free are cleared. */
export const numberedKeys: Encoding = { name: "numbered-keys", settings: ["keys"], encode };
