import { type Layer, settingLayers } from "../../protocol/answer.ts";
import type { EncodingInput } from "../profiles/encodings/encoding.ts";
import { findEncoding } from "../profiles/encodings/list.ts";
import { settingPath } from "../profiles/setting-path.ts";
import type { Conditions, MapEntry, MapGroup } from "../profiles/settings-map.ts";
import type { Pair } from "../profiles/syntax/syntax.ts";
import { inVersionRange } from "../profiles/version-range.ts";
import { entryValue, isNothing, wordsOf } from "./entry-value.ts";
import { type MapScope, type MapSource, scopesOf, winnerIn } from "./map-scopes.ts";
import type { RenderNote } from "./render-note.ts";
import type { Winner } from "./settings-for.ts";

/** One pair of a config, and where it comes from. */
export interface MappedPair {
  readonly pair: Pair;
  readonly setting: string;
  readonly line?: number | undefined;
  readonly layer: Layer;
  readonly losers: readonly { readonly layer: Layer; readonly value: string }[];
  readonly secret: boolean;
  readonly why?: string | undefined;
}

export interface MapOptions {
  /** Parts of the map that the file carries. */
  readonly parts: readonly string[];
  readonly firmware?: string;
  readonly at: number;
  /** Only entries that lead to the HTTPS door. */
  readonly bootstrap: boolean;
  /** Nothing secret: a file that is the same for many phones. */
  readonly withoutSecrets: boolean;
}

const stars = "****";
const firstHuman = settingLayers.indexOf("tenant");

/** Set by a person, not by a built-in default, the family or the model. */
function byPerson(winner: Winner | undefined): boolean {
  return (
    winner !== undefined && settingLayers.indexOf(winner.layer) >= firstHuman && !isNothing(winner.value)
  );
}

function printed(value: unknown, secret: boolean): string {
  if (secret) return stars;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Maps one file's worth of settings to pairs. One object per rendering; it collects pairs and notes. */
class Mapper {
  readonly pairs: MappedPair[] = [];
  readonly notes: RenderNote[] = [];
  readonly #source: MapSource;
  readonly #options: MapOptions;

  constructor(source: MapSource, options: MapOptions) {
    this.#source = source;
    this.#options = options;
  }

  map(): void {
    for (const group of this.#source.model.groups) {
      if (!this.#isIn(group, undefined)) continue;
      const entries = group.entries.filter((entry) => this.#isIn(entry, group));
      if (entries.length === 0) continue;
      const { scopes, overflow } = scopesOf(group, this.#source);
      for (const { setting, line, sentence } of overflow) this.#note("lacking", setting, line, sentence);
      for (const scope of scopes) {
        if (!this.#holds(scope, group)) continue;
        for (const entry of entries) this.#entry(entry, group, scope);
      }
    }
  }

  /** Whether this file and this firmware have the entry at all. */
  #isIn(entry: MapEntry | MapGroup, group: MapGroup | undefined): boolean {
    const { skip } = this.#source.model.family.vendor.firmware;
    if (entry.versions !== undefined && !inVersionRange(entry.versions, this.#options.firmware, skip))
      return false;
    const { capabilities } = this.#source.model.about;
    if (entry.only?.some((need) => !capabilities.includes(need))) return false;
    if ("entries" in entry) return true;
    if (this.#options.bootstrap && !entry.bootstrap) return false;
    return this.#options.parts.includes(entry.part ?? group?.part ?? "device");
  }

  #holds(scope: MapScope, from: { when?: Conditions; unless?: Conditions }): boolean {
    const meets = (conditions: Conditions, quantity: "every" | "some") =>
      Object.entries(conditions)[quantity](([path, wanted]) => {
        const value = winnerIn(this.#source, scope, path)?.value;
        if (wanted === "*") return !isNothing(value);
        return [wanted].flat().some((word) => String(word) === printed(value ?? "", false));
      });
    if (from.when !== undefined && !meets(from.when, "every")) return false;
    return from.unless === undefined || !meets(from.unless, "some");
  }

  #entry(entry: MapEntry, group: MapGroup, scope: MapScope): void {
    if (scope.unused) {
      if (entry.unused !== undefined) this.#unused(entry, group, scope, entry.unused);
      return;
    }
    if (!this.#holds(scope, entry)) return;
    const missing = [...(group.needs ?? []), ...(entry.needs ?? [])].find(
      (need) => !this.#source.model.about.capabilities.includes(need),
    );
    if (missing !== undefined) this.#lacks(entry, scope, missing);
    else if (entry.constant !== undefined) this.#constant(entry, scope, entry.constant);
    else if (entry.encoding !== undefined) this.#encoded(entry, scope, entry.encoding);
    else if (entry.value !== undefined) this.#value(entry, group, scope, entry.value);
  }

  /** A model without the ability takes no such key; a person who set it is told. */
  #lacks(entry: MapEntry, scope: MapScope, missing: string): void {
    const setting =
      entry.value ?? (entry.encoding === undefined ? undefined : findEncoding(entry.encoding)?.settings[0]);
    if (setting === undefined || !byPerson(winnerIn(this.#source, scope, setting))) return;
    const { model } = this.#source.model.about;
    this.#note("lacking", setting, scope.line?.index, `${model} has no ${missing}: ${setting} is left out`);
  }

  #unused(entry: MapEntry, group: MapGroup, scope: MapScope, text: string): void {
    const setting = entry.value ?? group.each ?? "";
    this.#add(entry, scope, { setting, text, winner: undefined, secret: false });
  }

  /** A constant stands for the setting on which it depends, where it depends on one. */
  #constant(entry: MapEntry, scope: MapScope, text: string): void {
    const [setting] = Object.keys({ ...entry.when, ...entry.unless });
    const winner = setting === undefined ? undefined : winnerIn(this.#source, scope, setting);
    const from = winner ?? { value: text, layer: "vendor", losers: [] };
    const secret = setting !== undefined && settingPath(setting)?.secret === true;
    this.#add(entry, scope, {
      setting: setting ?? "constant",
      text,
      winner: { ...from, losers: secret ? [] : from.losers },
      secret: false,
    });
  }

  #value(entry: MapEntry, group: MapGroup, scope: MapScope, setting: string): void {
    const winner = winnerIn(this.#source, scope, setting);
    const secret = this.#isSecret(setting, winner, group.each);
    const value = entryValue(
      winner?.value,
      entry,
      this.#source.model.family.map,
      (path) => winnerIn(this.#source, scope, path)?.value,
    );
    if (value.kind === "text") this.#add(entry, scope, { setting, text: value.text, winner, secret });
    else if (value.kind === "absent" && entry.absent !== undefined)
      this.#add(entry, scope, { setting, text: entry.absent, winner, secret: false });
    else if (value.kind === "refused") {
      const found = secret ? "" : `, not ${printed(winner?.value, false).slice(0, 80)}`;
      const name = this.#source.model.family.vendor.name;
      this.#note("refused", setting, scope.line?.index, `${setting}: ${name} takes ${value.limit}${found}`);
    }
  }

  #accountList: EncodingInput["accounts"];

  #accounts(): NonNullable<EncodingInput["accounts"]> {
    const { lines: most } = this.#source.model.about;
    this.#accountList ??= (this.#source.device?.lines ?? [])
      .filter(({ index }) => index <= most)
      .map((line) => ({
        index: line.index,
        setting: (path) => winnerIn(this.#source, { line, numbers: {} }, path)?.value,
      }));
    return this.#accountList;
  }

  /** The phone's own address holds its token. */
  #isSecret(setting: string, winner: Winner | undefined, each?: string): boolean {
    return (
      settingPath(setting, each)?.secret === true ||
      (setting === "provisioning.url" && winner?.value === this.#source.address)
    );
  }

  #encoded(entry: MapEntry, scope: MapScope, name: string): void {
    const encoding = findEncoding(name);
    const [main = name] = encoding?.settings ?? [];
    const { family, about } = this.#source.model;
    const input: EncodingInput = {
      setting: (path) => winnerIn(this.#source, scope, path)?.value,
      words: wordsOf(entry, family.map) ?? new Map(),
      model: about,
      at: this.#options.at,
      accounts: this.#accounts(),
    };
    const encoded = encoding?.encode(input) ?? { ok: false, limit: "an encoding we have" };
    if (!encoded.ok) {
      const sentence = `${main}: ${family.vendor.name} takes ${encoded.limit}`;
      if (byPerson(winnerIn(this.#source, scope, main)))
        this.#note("refused", main, scope.line?.index, sentence);
      return;
    }
    for (const sentence of encoded.notes ?? [])
      if (byPerson(winnerIn(this.#source, scope, main)))
        this.#note("coarser", main, scope.line?.index, `${main}: ${sentence}`);
    for (const part of encoded.parts) {
      const setting = part.setting ?? main;
      const winner = winnerIn(this.#source, scope, setting);
      const secret = this.#isSecret(setting, winner);
      this.#add(entry, scope, { setting, text: part.value, winner, secret, part: part.name });
    }
    if (encoded.parts.length === 0 && entry.absent !== undefined)
      this.#add(entry, scope, { setting: main, text: entry.absent, winner: undefined, secret: false });
  }

  #add(
    entry: MapEntry,
    scope: MapScope,
    from: { setting: string; text: string; winner: Winner | undefined; secret: boolean; part?: string },
  ): void {
    if (from.secret && this.#options.withoutSecrets) return;
    const { setting, text, winner, secret, part } = from;
    const key = keyText(entry, scope, part);
    if (key === undefined) {
      const sentence = `${this.#source.model.about.model} has no key for ${setting} of account ${scope.numbers["line"]}`;
      this.#note("lacking", setting, scope.numbers["line"], sentence);
      return;
    }
    const line = scope.numbers["line"];
    this.pairs.push({
      pair:
        entry.attributes === undefined
          ? { key, value: text }
          : { key, value: text, attributes: entry.attributes },
      setting,
      line,
      layer: winner?.layer ?? "default",
      losers: winner?.losers.map(({ layer, value }) => ({ layer, value: printed(value, secret) })) ?? [],
      secret,
      why: entry.why,
    });
  }

  #note(kind: RenderNote["kind"], setting: string, line: number | undefined, sentence: string): void {
    if (this.notes.some((note) => note.sentence === sentence && note.line === line)) return;
    this.notes.push({ kind, setting, ...(line === undefined ? {} : { line }), sentence });
  }
}

const keyParts = new Map<string, readonly string[]>();

/** A key's text and placeholders by turns: `account.{line}.label` is `account.`, `line`, `.label`. */
function partsOf(template: string): readonly string[] {
  let parts = keyParts.get(template);
  if (parts === undefined) {
    parts = template.split(/[{}]/);
    keyParts.set(template, parts); // as many as the maps have keys
  }
  return parts;
}

/** The entry's key with the turn's numbers in it; a list of keys is by line. */
function keyText(entry: MapEntry, scope: MapScope, part = ""): string | undefined {
  const template = typeof entry.key === "string" ? entry.key : entry.key[scope.numbers["line0"] ?? 0];
  if (template === undefined) return undefined;
  let text = "";
  for (const [index, word] of partsOf(template).entries()) {
    if (index % 2 === 0) text += word;
    else if (word === "name") text += part;
    else text += word === "bank" ? (scope.bank ?? "") : (scope.numbers[word] ?? "");
  }
  return text;
}

/** Settings to pairs, in the map's order, with what a person should know. Pure: same input, same pairs. */
export function mapSettings(
  source: MapSource,
  options: MapOptions,
): { pairs: readonly MappedPair[]; notes: readonly RenderNote[] } {
  const mapper = new Mapper(source, options);
  mapper.map();
  return mapper;
}
