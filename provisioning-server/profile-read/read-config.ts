import { isDeepStrictEqual } from "node:util";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import type { Line } from "../../protocol/line.ts";
import { type PhoneSettings, PhoneSettings as PhoneSettingsSchema } from "../../protocol/phone-settings.ts";
import { schemaMismatches } from "../../protocol/schema-mismatches.ts";
import { findEncoding } from "../profiles/encodings/list.ts";
import type { Family, ModelProfile, Profiles } from "../profiles/profiles.ts";
import { settingPath } from "../profiles/setting-path.ts";
import { findSyntax } from "../profiles/syntax/list.ts";
import type { Pair } from "../profiles/syntax/syntax.ts";
import { wordsOf } from "../answer/entry-value.ts";
import { GatheredSettings } from "./gathered-settings.ts";
import { asSetting, type Inverse, inverseValue } from "./inverse-value.ts";
import { type KeyPlace, type KeyPlaces, keyPlaces } from "./key-places.ts";

/** A vendor's config in neutral words, and what of it we have no words for. */
export interface ReadConfig {
  readonly vendor: string;
  readonly family: string;
  /** The model whose map was used: the one asked for, or the one whose keys fit best. */
  readonly model: string;
  readonly settings: PhoneSettings;
  readonly lines: readonly Line[];
  /** Keys that the map does not have, or whose value it would not have written. */
  readonly raw: Readonly<Record<string, string>>;
  /** Lines that are none of the syntax; left out. */
  readonly skipped: readonly string[];
}

interface Parsed {
  readonly pairs: readonly Pair[];
  readonly skipped: readonly string[];
}

/** So many lines of a foreign file may be none of the syntax; more means that it is another syntax. */
const mostSkipped = 200;

interface Attempt {
  readonly options: Readonly<Record<string, unknown>>;
  readonly lineEnd: string;
}

/** First as it is; then without the first line that phones want and exports lack, and with the other line ends. */
function attemptsFor(options: Readonly<Record<string, unknown>>, text: string): Attempt[] {
  const { firstLine, ...without } = options;
  const lineEnds = text.includes("\r\n") ? ["\r\n", "\n"] : ["\n", "\r\n"];
  const all = firstLine === undefined ? [options] : [options, without];
  return all.flatMap((each) => lineEnds.map((lineEnd) => ({ options: each, lineEnd })));
}

/**
 * Reads with the strict reader. Files of other makers hold lines that ours would never write: such a line is taken out
 * and told, as long as the reader says which one it is.
 */
function parseWith(choice: SyntaxChoice, text: string): Decoded<Parsed> {
  const syntax = findSyntax(choice.name);
  if (syntax === undefined) return mismatch("syntax", "one that we have", choice.name);
  const original = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (original.at(-1) !== "") original.push("");
  let first: Decoded<Parsed> | undefined;
  for (const { options, lineEnd } of attemptsFor(choice.options ?? {}, text)) {
    let lines = original;
    const skipped: string[] = [];
    for (;;) {
      const read = syntax.read(lines.join(lineEnd), options);
      if (read.ok) return decoded({ pairs: read.value, skipped });
      first ??= read;
      const number = Number(/^line (\d+)$/.exec(read.why.place)?.[1] ?? 0);
      const line = lines[number - 1];
      if (line === undefined || line === "" || number <= 1 || skipped.length >= mostSkipped) break;
      skipped.push(line);
      lines = lines.toSpliced(number - 1, 1);
    }
  }
  return first ?? mismatch("file", "a config", text);
}

type SyntaxChoice = Family["vendor"]["syntax"];

/** The family's syntaxes, its main one first. */
function syntaxesOf({ vendor }: Family) {
  const all = [
    vendor.syntax,
    ...vendor.files.flatMap((file) => (file.carries === undefined ? [] : (file.syntax ?? []))),
  ];
  const names = all.map((choice) => JSON.stringify(choice));
  return all.filter((_, index) => names.indexOf(names[index] ?? "") === index);
}

const keysKnown = (places: KeyPlaces, pairs: readonly Pair[]): number =>
  pairs.filter(({ key }) => places(key).length > 0).length;

interface Fit extends Parsed {
  readonly model: ModelProfile;
  readonly places: KeyPlaces;
  readonly known: number;
}

/** The model that knows most of the keys; of equals the one with the most room. */
function bestFit(models: readonly ModelProfile[], parsed: Parsed): Fit | undefined {
  const fits = models.map((model) => {
    const places = keyPlaces(model);
    return { ...parsed, model, places, known: keysKnown(places, parsed.pairs) };
  });
  const room = ({ model: { about } }: Fit) => about.lines * 1000 + about.keys;
  return fits.toSorted((a, b) => b.known - a.known || room(b) - room(a))[0];
}

/** Whether an entry's conditions hold by what is known; that its own setting is set goes without saying. */
function conditionsHold(place: KeyPlace, gathered: GatheredSettings): boolean {
  const { entry, group } = place;
  const meets = ([path, wanted]: [string, unknown]) => {
    const value = gathered.get(path, place);
    const isSet = value !== undefined && value !== "";
    if (wanted === "*") return isSet || path === entry.value;
    return [wanted].flat().some((word) => (word === "" ? !isSet : String(word) === String(value)));
  };
  const when = [...Object.entries(group.when ?? {}), ...Object.entries(entry.when ?? {})];
  const unless = [...Object.entries(group.unless ?? {}), ...Object.entries(entry.unless ?? {})];
  return when.every(meets) && !unless.some(meets);
}

const isConditional = ({ entry, group }: KeyPlace): boolean =>
  [entry.when, entry.unless, group.when, group.unless].some((conditions) => conditions !== undefined);

/** A constant that is written at one word of one setting alone tells that word. */
function putConstant(place: KeyPlace, gathered: GatheredSettings): void {
  const { entry, group } = place;
  const [condition, ...more] = Object.entries({ ...group.when, ...entry.when });
  if (condition === undefined || more.length > 0 || entry.unless !== undefined) return;
  const [path, wanted] = condition;
  const schema = settingPath(path, group.each)?.schema;
  if (typeof wanted === "object" || wanted === "*" || wanted === "" || schema === undefined) return;
  if (gathered.get(path, place) === undefined) gathered.put(path, place, wanted);
}

/** What a key's text means as this entry: nothing, a value, or that it is none of this entry. */
function meaningOf(
  place: KeyPlace,
  text: string,
  fit: Fit,
  gathered: GatheredSettings,
): Inverse | "nothing" | undefined {
  const { entry, group } = place;
  const schema = entry.value === undefined ? undefined : settingPath(entry.value, group.each)?.schema;
  if (entry.value === undefined || schema === undefined) return undefined;
  // Facts of the phone are no settings, and what stands for "not set" sets nothing.
  if (/^(?:device|server)\.|^line\.index$/.test(entry.value) || text === entry.absent) return "nothing";
  const inverse = inverseValue(text, entry, {
    map: fit.model.family.map,
    schema,
    setting: (path) => gathered.get(path, place),
  });
  if (inverse?.value === "") return "nothing";
  return inverse ?? (text === entry.unused ? "nothing" : undefined);
}

function saysNothingNew(place: KeyPlace, text: string, fit: Fit, gathered: GatheredSettings): boolean {
  const meaning = meaningOf(place, text, fit, gathered);
  if (meaning === undefined || meaning === "nothing") return meaning === "nothing";
  const known = gathered.get(place.entry.value ?? "", place);
  return known !== undefined && isDeepStrictEqual(known, meaning.value);
}

/** Puts the value where it is new; a setting that is known to be another makes it none of this entry. */
function putValue(place: KeyPlace, text: string, fit: Fit, gathered: GatheredSettings): boolean {
  const meaning = meaningOf(place, text, fit, gathered);
  if (meaning === undefined) return false;
  if (meaning === "nothing") return true;
  const { entry, group } = place;
  const path = entry.value ?? "";
  const known = gathered.get(path, place);
  if (known !== undefined) return isDeepStrictEqual(known, meaning.value);
  gathered.put(path, place, meaning.value);
  for (const [other, part] of Object.entries(meaning.others)) {
    const schema = settingPath(other, group.each)?.schema;
    const value = schema === undefined ? undefined : asSetting(part, schema);
    if (value !== undefined && gathered.get(other, place) === undefined) gathered.put(other, place, value);
  }
  return true;
}

/** Pairs of one encoding in one turn, read together. */
function readEncoded(
  pairs: readonly { pair: Pair; place: KeyPlace }[],
  fit: Fit,
  gathered: GatheredSettings,
): boolean {
  const [first] = pairs;
  const encoding = first === undefined ? undefined : findEncoding(first.place.entry.encoding ?? "");
  if (first === undefined || encoding?.decode === undefined) return false;
  const { model } = fit;
  const settings = encoding.decode(
    pairs.map(({ pair, place }) => ({ name: place.name ?? "", value: pair.value })),
    { words: wordsOf(first.place.entry, model.family.map) ?? new Map(), model: model.about },
  );
  if (settings === undefined) return false;
  for (const [path, value] of Object.entries(settings)) gathered.put(path, first.place, value);
  return true;
}

const turnOf = ({ entry, line, key, module, n }: KeyPlace) =>
  `${entry.encoding} ${[line, key, module, n].map((number) => number ?? "").join(" ")}`;

/** What is not read yet, and could not be as long as other settings were not known. */
function readPairs(fit: Fit): { gathered: GatheredSettings; raw: Pair[] } {
  const gathered = new GatheredSettings();
  const encoded = new Map<string, { pair: Pair; place: KeyPlace }[]>();
  let waiting: Pair[] = [];
  for (const pair of fit.pairs) {
    const place = fit.places(pair.key).find(({ entry }) => entry.encoding !== undefined);
    if (place === undefined) waiting.push(pair);
    else encoded.set(turnOf(place), [...(encoded.get(turnOf(place)) ?? []), { pair, place }]);
  }
  const raw: Pair[] = [];
  for (const pairs of encoded.values())
    if (!readEncoded(pairs, fit, gathered)) raw.push(...pairs.map(({ pair }) => pair));
  // First what holds always; then what waits for settings to be known; then what could not be told otherwise.
  for (const round of ["plain", "conditional", "anyway"] as const)
    waiting = waiting.filter((pair) => !readPair(pair, fit, gathered, round));
  return { gathered, raw: [...raw, ...waiting] };
}

type Round = "plain" | "conditional" | "anyway";

function readPair(pair: Pair, fit: Fit, gathered: GatheredSettings, round: Round): boolean {
  const places = fit.places(pair.key);
  // An empty value clears the key: nothing is set.
  if (pair.value === "" && places.length > 0) return true;
  const constants = places.filter((place) => place.entry.constant === pair.value);
  if (constants.some((place) => !isConditional(place))) return true;
  if (round === "anyway" && constants.some((place) => conditionsHold(place, gathered))) return true;
  const values = places.filter((place) => place.entry.value !== undefined);
  const isOpen = (place: KeyPlace) =>
    round === "plain" ? !isConditional(place) : round === "anyway" || conditionsHold(place, gathered);
  // A format says more than bare text: `host:port` is no host.
  const open = values
    .filter(isOpen)
    .toSorted((a, b) => Number(b.entry.format !== undefined) - Number(a.entry.format !== undefined));
  if (round !== "plain" || values.length === 1) {
    // A login name that is the user's says nothing of its own.
    if (open.some((place) => saysNothingNew(place, pair.value, fit, gathered))) return true;
    if (open.some((place) => putValue(place, pair.value, fit, gathered))) return true;
  }
  if (round === "plain") return false;
  const [constant] = constants;
  if (constant === undefined || round === "conditional") return false;
  // What settings say themselves is worth more: constants speak last, and only where nothing else writes the same.
  if (constants.length === 1 && values.length === 0) putConstant(constant, gathered);
  return true;
}

/** Leaves out what the settings' own schema refuses, so that what comes out can go into an inventory. */
function accepted(settings: PhoneSettings): PhoneSettings {
  const wrong = new Set(
    schemaMismatches(PhoneSettingsSchema, settings).map(({ place }) => place.split("/")[1]),
  );
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !wrong.has(name)));
}

export interface ReadOptions {
  /** The vendor's word, as in `profile list`. */
  readonly vendor: string;
  readonly model?: string;
}

/**
 * A vendor's config file (exported from a phone, or of another provisioning server) in neutral settings, with the same map
 * that writes them. Without a model, the one of the vendor's whose keys fit best is taken.
 */
export function readConfig(profiles: Profiles, text: string, options: ReadOptions): Decoded<ReadConfig> {
  const vendor = options.vendor.toLowerCase();
  const families = profiles.families.filter((family) => family.vendor.vendor === vendor);
  if (families.length === 0) return mismatch("vendor", "one of `offhook profile list`", options.vendor);
  const fits: Fit[] = [];
  let why = mismatch("model", `a model of ${vendor}`, options.model ?? "none").why;
  for (const family of families) {
    const own = options.model === undefined ? undefined : family.models.get(options.model.toLowerCase());
    if (options.model !== undefined && own === undefined) continue;
    const models = own === undefined ? [...new Set(family.models.values())] : [own];
    for (const choice of syntaxesOf(family)) {
      const parsed = parseWith(choice, text);
      const fit = parsed.ok ? bestFit(models, parsed.value) : undefined;
      if (fit !== undefined) fits.push(fit);
      else if (!parsed.ok) why = parsed.why;
    }
  }
  const [fit] = fits.toSorted((a, b) => b.known - a.known || a.skipped.length - b.skipped.length);
  if (fit === undefined) return { ok: false, why };
  const { gathered, raw } = readPairs(fit);
  return decoded({
    vendor,
    family: fit.model.family.id,
    model: fit.model.about.model,
    settings: accepted(gathered.settings),
    lines: gathered.lines,
    raw: Object.fromEntries(raw.map(({ key, value }) => [key, value])),
    skipped: fit.skipped,
  });
}
