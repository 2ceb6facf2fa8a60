import { type Layer, settingLayers } from "../../protocol/answer.ts";
import type { EncodingInput } from "../profiles/encodings/encoding.ts";
import { settingPath } from "../profiles/setting-path.ts";
import type { MapGroup } from "../profiles/settings-map.ts";
import type { Pair } from "../profiles/syntax/syntax.ts";
import { entryValue, isNothing, wordsOf } from "./entry-value.ts";
import { type PlannedCondition, type PlannedConditions, type PlannedEntry, planOf } from "./map-plan.ts";
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
const nobody: readonly never[] = [];
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

/** Whose account a note is about; none where the setting is the whole phone's. */
function accountOf(setting: string, scope: MapScope): number | undefined {
  return setting.startsWith("line.") ? scope.line?.index : undefined;
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
    for (const planned of planOf(this.#source.model, this.#options)) {
      const { scopes, overflow } = scopesOf(planned.group, this.#source);
      for (const { setting, line, sentence } of overflow) this.#note("lacking", setting, line, sentence);
      for (const scope of scopes) {
        if (!this.#holds(scope, planned)) continue;
        for (const each of planned.entries) this.#entry(each, planned.group, scope);
      }
    }
  }

  #meets(scope: MapScope, { path, words }: PlannedCondition): boolean {
    const value = winnerIn(this.#source, scope, path)?.value;
    if (words === undefined) return !isNothing(value);
    return words.includes(printed(value ?? "", false));
  }

  #holds(scope: MapScope, { when, unless }: PlannedConditions): boolean {
    for (const condition of when) if (!this.#meets(scope, condition)) return false;
    for (const condition of unless) if (this.#meets(scope, condition)) return false;
    return true;
  }

  #entry(planned: PlannedEntry, group: MapGroup, scope: MapScope): void {
    const { entry } = planned;
    if (scope.unused) {
      if (entry.unused !== undefined) this.#unused(planned, group, scope, entry.unused);
      return;
    }
    if (!this.#holds(scope, planned)) return;
    if (planned.missing !== undefined) this.#lacks(planned, scope, planned.missing);
    else if (entry.constant !== undefined) this.#constant(planned, scope, entry.constant);
    else if (entry.encoding !== undefined) this.#encoded(planned, scope, entry.encoding);
    else if (entry.value !== undefined) this.#value(planned, scope, entry.value);
  }

  /** A model without the ability takes no such key; a person who set it is told. */
  #lacks({ entry, setting }: PlannedEntry, scope: MapScope, missing: string): void {
    if (entry.constant !== undefined || setting === undefined) return;
    if (!byPerson(winnerIn(this.#source, scope, setting))) return;
    const { model } = this.#source.model.about;
    this.#note(
      "lacking",
      setting,
      accountOf(setting, scope),
      `${model} has no ${missing}: ${setting} is left out`,
    );
  }

  #unused(planned: PlannedEntry, group: MapGroup, scope: MapScope, text: string): void {
    const setting = planned.entry.value ?? group.each ?? "";
    this.#add(planned, scope, { setting, text, winner: undefined, secret: false });
  }

  /** A constant stands for the setting on which it depends, where it depends on one. */
  #constant(planned: PlannedEntry, scope: MapScope, text: string): void {
    const { setting, secret } = planned;
    const winner = setting === undefined ? undefined : winnerIn(this.#source, scope, setting);
    const from = winner ?? { value: text, layer: "vendor", losers: [] };
    this.#add(planned, scope, {
      setting: setting ?? "constant",
      text,
      winner: secret ? { ...from, losers: [] } : from,
      secret: false,
    });
  }

  #value(planned: PlannedEntry, scope: MapScope, setting: string): void {
    const { entry } = planned;
    const winner = winnerIn(this.#source, scope, setting);
    const secret = planned.secret || this.#tellsToken(setting, winner);
    const value = entryValue(
      winner?.value,
      entry,
      this.#source.model.family.map,
      (path) => winnerIn(this.#source, scope, path)?.value,
    );
    if (value.kind === "text") this.#add(planned, scope, { setting, text: value.text, winner, secret });
    else if (value.kind === "absent" && entry.absent !== undefined)
      this.#add(planned, scope, { setting, text: entry.absent, winner, secret: false });
    else if (value.kind === "refused") {
      const found = secret ? "" : `, not ${printed(winner?.value, false).slice(0, 80)}`;
      const name = this.#source.model.family.vendor.name;
      this.#note(
        "refused",
        setting,
        accountOf(setting, scope),
        `${setting}: ${name} takes ${value.limit}${found}`,
      );
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

  /** The phone's own folder holds its token: whatever tells it is secret. */
  #tellsToken(setting: string, winner: Winner | undefined): boolean {
    const { folder } = this.#source;
    if (folder === undefined || winner === undefined) return false;
    if (typeof winner.value === "string") return winner.value.startsWith(folder);
    return setting === "phonebooks" && JSON.stringify(winner.value).includes(folder);
  }

  #encoded(planned: PlannedEntry, scope: MapScope, name: string): void {
    const { entry, encoding, setting: main = name } = planned;
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
        this.#note("refused", main, accountOf(main, scope), sentence);
      return;
    }
    for (const sentence of encoded.notes ?? [])
      if (byPerson(winnerIn(this.#source, scope, main)))
        this.#note("coarser", main, accountOf(main, scope), `${main}: ${sentence}`);
    for (const part of encoded.parts) {
      const setting = part.setting ?? main;
      const winner = winnerIn(this.#source, scope, setting);
      const secret = settingPath(setting)?.secret === true || this.#tellsToken(setting, winner);
      this.#add(planned, scope, { setting, text: part.value, winner, secret, part: part.name });
    }
    if (encoded.parts.length === 0 && entry.absent !== undefined)
      this.#add(planned, scope, { setting: main, text: entry.absent, winner: undefined, secret: false });
  }

  #add(
    planned: PlannedEntry,
    scope: MapScope,
    from: { setting: string; text: string; winner: Winner | undefined; secret: boolean; part?: string },
  ): void {
    if (from.secret && this.#options.withoutSecrets) return;
    const { setting, text, winner, secret, part } = from;
    const { attributes, why } = planned.entry;
    const key = keyText(planned, scope, part);
    const line = scope.numbers["line"];
    if (key === undefined) {
      const sentence = `${this.#source.model.about.model} has no key for ${setting} of account ${line}`;
      this.#note("lacking", setting, line, sentence);
      return;
    }
    this.pairs.push({
      pair: attributes === undefined ? { key, value: text } : { key, value: text, attributes },
      setting,
      line,
      layer: winner?.layer ?? "default",
      losers:
        winner === undefined || winner.losers.length === 0
          ? nobody
          : winner.losers.map(({ layer, value }) => ({ layer, value: printed(value, secret) })),
      secret,
      why,
    });
  }

  #note(kind: RenderNote["kind"], setting: string, line: number | undefined, sentence: string): void {
    if (this.notes.some((note) => note.sentence === sentence && note.line === line)) return;
    this.notes.push({ kind, setting, ...(line === undefined ? {} : { line }), sentence });
  }
}

/** The entry's key with the turn's numbers in it; a list of keys is by line. */
function keyText(planned: PlannedEntry, scope: MapScope, part = ""): string | undefined {
  const parts = planned.keys[planned.keysByLine ? (scope.numbers["line0"] ?? 0) : 0];
  if (parts === undefined) return undefined;
  let text = parts[0] ?? "";
  for (let index = 1; index < parts.length; index += 1) {
    const word = parts[index] ?? "";
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
