import { Check } from "typebox/value";
import { Type } from "typebox";
import { LineKey } from "../../../../protocol/phone-settings.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Account = NonNullable<EncodingInput["accounts"]>[number];
interface Part {
  readonly name: string;
  readonly value: string;
  readonly setting?: string;
}

const Keys = Type.Array(LineKey);

/** What a function may hold: it has no escape for its own signs, and the profile is ASCII. */
const isPlain = (text: string): boolean => /^[ -:<-~]*$/.test(text);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

const functions: Readonly<Partial<Record<LineKey["type"], string>>> = {
  blf: "fnc=sd+blf+cp;sub=",
  "speed-dial": "fnc=sd;ext=",
  park: "fnc=prk;sub=",
};

/** The function of a key, such as `fnc=sd;ext=100@$PROXY;nme=Bob`; undefined where the phone has none for it. */
function functionOf(key: LineKey): string | undefined {
  const beginning = functions[key.type];
  const value = key.value ?? "";
  if (beginning === undefined || value === "" || !isPlain(value)) return undefined;
  const target = value.includes("@") ? value : `${value}@$PROXY`;
  const name = key.label !== undefined && key.label !== "" && isPlain(key.label) ? `;nme=${key.label}` : "";
  const line = key.line === undefined || key.line === 1 ? "" : `;vid=${key.line}`;
  return `${beginning}${target}${name}${line}`;
}

function describe(key: LineKey): string {
  return `${key.module === undefined ? "key" : `module ${key.module} key`} ${key.position} (${key.type})`;
}

/** An account on a line key: what the screen shows beside it, and whether others share it. */
function accountParts(place: number, account: Account, label: string | undefined): Part[] {
  const shown = label ?? (text(account.setting("line.label")) || text(account.setting("line.user")));
  const shared = account.setting("line.shared") === true ? "shared" : "private";
  return [
    { name: `Extension_${place}_`, value: String(account.index), setting: "line.index" },
    { name: `Short_Name_${place}_`, value: shown, setting: "line.label" },
    { name: `Share_Call_Appearance_${place}_`, value: shared, setting: "line.shared" },
    { name: `Extended_Function_${place}_`, value: "", setting: "line.index" },
  ];
}

const emptyParts = (place: number): Part[] => [
  { name: `Extension_${place}_`, value: "Disabled" },
  { name: `Extended_Function_${place}_`, value: "" },
];

/** Collects what is written, and what cannot be. */
class LineKeys {
  readonly parts: Part[] = [];
  readonly notes: string[] = [];
  readonly #input: EncodingInput;
  readonly #accounts: readonly Account[];

  constructor(input: EncodingInput) {
    this.#input = input;
    this.#accounts = input.accounts ?? [];
  }

  onPhone(keys: readonly LineKey[]): void {
    const { lines, keys: most } = this.#input.model;
    const last = Math.max(lines, most);
    const byPlace = new Map(keys.map((key) => [key.position, key]));
    for (let place = 1; place <= last; place += 1) this.#place(place, byPlace.get(place));
    for (const key of keys) if (key.position > last) this.notes.push(`${describe(key)} is more than it has`);
  }

  #place(place: number, key: LineKey | undefined): void {
    const wanted = key === undefined ? place : key.type === "line" ? (key.line ?? 1) : undefined;
    const account = this.#accounts.find(({ index }) => index === wanted);
    if (account !== undefined) this.parts.push(...accountParts(place, account, key?.label));
    else if (key === undefined || key.type === "none") this.parts.push(...emptyParts(place));
    else this.#function(place, key);
  }

  #function(place: number, key: LineKey): void {
    const words = this.#say(key);
    if (words === undefined) {
      this.parts.push(...emptyParts(place));
      return;
    }
    this.parts.push({ name: `Extension_${place}_`, value: "Disabled" });
    if (key.label !== undefined) this.parts.push({ name: `Short_Name_${place}_`, value: key.label });
    this.parts.push({ name: `Extended_Function_${place}_`, value: words });
  }

  #say(key: LineKey): string | undefined {
    const words = functionOf(key);
    if (words === undefined) this.notes.push(`${describe(key)} has no function that we know on this phone`);
    else if (!isPlain(key.label ?? ""))
      this.notes.push(`${describe(key)}: the function carries no label but ASCII without \`;\``);
    return words;
  }

  onModules(keys: readonly LineKey[]): void {
    const { model, words } = this.#input;
    const { most = 0, keys: each = 0 } = model.modules ?? {};
    const form = words.get("module-key") ?? "";
    for (const key of keys) {
      const module = key.module ?? 0;
      if (module > most || key.position > each || form === "")
        this.notes.push(`${describe(key)} is more than it has`);
      else this.#onModule(key, form.replace("#", String(module)).replace("#", String(key.position)));
    }
  }

  #onModule(key: LineKey, name: string): void {
    const words = key.type === "none" ? "" : this.#say(key);
    if (words !== undefined) this.parts.push({ name, value: words });
  }
}

function encode(input: EncodingInput): Encoded {
  const asked = input.setting("keys") ?? [];
  if (!Check(Keys, asked)) return { ok: false, limit: "a list of keys" };
  const keys = new LineKeys(input);
  keys.onPhone(asked.filter((key) => key.module === undefined));
  keys.onModules(asked.filter((key) => key.module !== undefined));
  return { ok: true, parts: keys.parts, notes: keys.notes };
}

/**
 * Line keys of the flat profile: accounts on the keys of their numbers unless a key says otherwise, functions on the rest.
 * `map`: `module-key` is the form of a module's key, with `#` for the module and `#` for the key.
 */
export const ciscoLineKeys: Encoding = {
  name: "cisco-line-keys",
  settings: ["keys", "line.label", "line.shared"],
  encode,
};
