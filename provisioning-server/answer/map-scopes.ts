import type { Device } from "../../protocol/device.ts";
import type { Line } from "../../protocol/line.ts";
import { type LineKey, settingCatalogue } from "../../protocol/phone-settings.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import type { MapGroup } from "../profiles/settings-map.ts";
import { isNothing } from "./entry-value.ts";
import type { NextFirmware } from "./firmware-shelf.ts";
import type { SettingTable } from "./setting-table.ts";
import { valueAt, type Winner } from "./settings-for.ts";

/** One turn of a repeated group: what `line.*`, `key.*` and `item` mean in it, and the numbers that its keys carry. */
export interface MapScope {
  readonly line?: Line;
  /** The element of the list (a key, a phonebook) and the list's winner, whose layer is the element's. */
  readonly element?: { readonly value: unknown; readonly list: Winner };
  readonly numbers: Numbers;
  /** A key's name, where keys have several; `numbers.place` is its number under that name. */
  readonly bank?: string;
  /** The model has it and the device does not use it: only what entries write for `unused`. */
  readonly unused?: true;
}

/** Whose settings are mapped. Without a device: what holds for the model, and nothing of anybody. */
export interface MapSource {
  readonly model: ModelProfile;
  readonly settings: SettingTable;
  readonly device?: Device;
  /** Where this phone finds its files, with its token: what `provisioning.url` is while nobody sets it. */
  readonly address?: string;
  /** The folder of that address: whoever knows it may fetch this phone's files. */
  readonly folder?: string;
  /** The site's own phonebook, where this phone finds it: what `phonebooks` is while nobody sets it. */
  readonly phonebooks?: readonly { readonly name: string; readonly url: string }[];
  /** Our HTTPS door, with a slash at the end: `server.url`. */
  readonly server?: string;
  /** The image of our catalogue that the wanted version stands for. */
  readonly image?: NextFirmware;
}

/** What the device has and its model has no room for: `settings` path and a sentence. */
interface Overflow {
  readonly setting: string;
  readonly line?: number;
  readonly sentence: string;
}

interface Scopes {
  readonly scopes: readonly MapScope[];
  readonly overflow: readonly Overflow[];
}

type Numbers = Readonly<Record<string, number>>;
const numbersOf = new Map<string, Numbers[]>();

/** `{line: 3, line0: 2}`; made once for each number, for every rendering counts. */
function counted(name: string, number: number): Numbers {
  const all = numbersOf.get(name) ?? [];
  numbersOf.set(name, all);
  const known = all[number] ?? { [name]: number, [`${name}0`]: number - 1 };
  all[number] = known;
  return known;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function lineScopes({ model, device }: MapSource): Scopes {
  if (device === undefined) return { scopes: [], overflow: [] };
  const { lines: most, model: name } = model.about;
  const byIndex = new Map(device.lines.map((line) => [line.index, line]));
  const scopes = upTo(most).map((index): MapScope => {
    const line = byIndex.get(index);
    const numbers = counted("line", index);
    return line === undefined ? { numbers, unused: true } : { line, numbers };
  });
  const overflow = device.lines
    .filter((line) => line.index > most)
    .map((line) => ({
      setting: "line",
      line: line.index,
      sentence: `${name} has ${most} accounts: account ${line.index} is left out`,
    }));
  return { scopes, overflow };
}

/** Where a position of the phone's keys stands under the names that the model's keys have. */
function bankOf({ about, family }: ModelProfile, position: number): { bank: string; place: number } {
  let place = position;
  for (const bank of about.keyBanks ?? []) {
    if (place <= bank.keys) return { bank: bank.name, place };
    place -= bank.keys;
  }
  return { bank: family.map.keyBank ?? "", place: position };
}

function phoneKeyScope(source: MapSource, list: Winner, key: LineKey | undefined, at: number): MapScope {
  const { bank, place } = bankOf(source.model, at);
  return { ...keyScope(list, key, { ...counted("key", at), place }), bank };
}

function keyScope(list: Winner, key: LineKey | undefined, numbers: Numbers): MapScope {
  return key === undefined ? { numbers, unused: true } : { element: { value: key, list }, numbers };
}

function keysOf(source: MapSource): { list: Winner; keys: readonly LineKey[] } | undefined {
  const list = source.settings.winner("keys");
  // The catalogue's schema has been checked where the setting came in.
  return list === undefined || !Array.isArray(list.value) ? undefined : { list, keys: list.value };
}

function phoneKeyScopes(source: MapSource): Scopes {
  const found = keysOf(source);
  if (found === undefined) return { scopes: [], overflow: [] };
  const { keys: most, model } = source.model.about;
  const own = found.keys.filter((key) => key.module === undefined);
  const byPosition = new Map(own.map((key) => [key.position, key]));
  return {
    scopes: upTo(most).map((at) => phoneKeyScope(source, found.list, byPosition.get(at), at)),
    overflow: own
      .filter((key) => key.position > most)
      .map((key) => ({
        setting: "keys",
        sentence: `${model} has ${most} keys: the one on position ${key.position} is left out`,
      })),
  };
}

function moduleKeyScopes(source: MapSource): Scopes {
  const found = keysOf(source);
  if (found === undefined) return { scopes: [], overflow: [] };
  const { modules, model } = source.model.about;
  const { most = 0, keys = 0 } = modules ?? {};
  const own = found.keys.filter((key) => key.module !== undefined);
  const fits = (key: LineKey) => (key.module ?? 0) <= most && key.position <= keys;
  const used = [...new Set(own.filter(fits).map((key) => key.module ?? 0))].toSorted((a, b) => a - b);
  const byPlace = new Map(own.map((key) => [`${key.module} ${key.position}`, key]));
  return {
    scopes: used.flatMap((module) =>
      upTo(keys).map((place) =>
        keyScope(found.list, byPlace.get(`${module} ${place}`), {
          ...counted("module", module),
          ...counted("key", place),
        }),
      ),
    ),
    overflow: own
      .filter((key) => !fits(key))
      .map((key) => ({
        setting: "keys",
        sentence:
          modules === undefined
            ? `${model} takes no expansion module: key ${key.position} of module ${key.module} is left out`
            : `${model} takes ${most} modules of ${keys} keys: key ${key.position} of module ${key.module} is left out`,
      })),
  };
}

/** A list setting's winner; the site's own phonebook where nobody names another. */
function listWinner({ settings, phonebooks }: MapSource, path: string): Winner | undefined {
  const winner = settings.winner(path);
  if (path !== "phonebooks" || phonebooks === undefined || !isNothing(winner?.value)) return winner;
  return { value: phonebooks, layer: "site", losers: [] };
}

function listScopes(source: MapSource, path: string): Scopes {
  const list = listWinner(source, path);
  const values: unknown[] = Array.isArray(list?.value) ? list.value : [];
  const schema = settingCatalogue.get(path)?.schema;
  const most = schema !== undefined && "maxItems" in schema ? Number(schema.maxItems) : values.length;
  const scopes = upTo(most).map((n): MapScope => {
    const value = values[n - 1];
    const numbers = counted("n", n);
    return list === undefined || value === undefined
      ? { numbers, unused: true }
      : { element: { value, list }, numbers };
  });
  return { scopes, overflow: [] };
}

/** The turns of a group. */
export function scopesOf(group: MapGroup, source: MapSource): Scopes {
  switch (group.each) {
    case undefined: {
      const first = source.device?.lines[0];
      return { scopes: [first === undefined ? { numbers: {} } : { line: first, numbers: {} }], overflow: [] };
    }
    case "line":
      return lineScopes(source);
    case "key":
      return phoneKeyScopes(source);
    case "module-key":
      return moduleKeyScopes(source);
    default:
      return listScopes(source, group.each);
  }
}

function elementAt(scope: MapScope, path: readonly string[]): Winner | undefined {
  const { element } = scope;
  const value = element === undefined ? undefined : valueAt(element.value, path);
  if (element === undefined || value === undefined) return undefined;
  return { value, layer: element.list.layer, losers: [] };
}

function deviceFact(source: MapSource, path: readonly string[]): Winner | undefined {
  const value = valueAt(source.device, path);
  return value === undefined ? undefined : { value, layer: "device", losers: [] };
}

function serverFact({ server }: MapSource): Winner | undefined {
  return server === undefined ? undefined : { value: server, layer: "default", losers: [] };
}

type Meaning = (source: MapSource, scope: MapScope) => Winner | undefined;

/** What a path means, told once: paths come from maps and encodings, so there are few. */
function meaningOf(path: string): Meaning {
  const [first, ...rest] = path.split(".");
  if (first === "device") return (source) => deviceFact(source, rest);
  if (first === "item") return (_, scope) => elementAt(scope, rest);
  // A key that names no account works on the first.
  if (path === "key.line") return (_, scope) => elementAt(scope, rest) ?? keyDefault(scope);
  if (first === "key") return (_, scope) => elementAt(scope, rest);
  if (path === "line.index") return (_, scope) => lineIndex(scope);
  if (path === "server.url") return serverFact;
  if (path === "provisioning.url") return provisioningUrl;
  if (path === "firmware.url" || path === "firmware.version") return (source) => firmwareFact(source, path);
  if (first === "phonebooks") return (source) => insideWinner(listWinner(source, "phonebooks"), rest);
  return (source, scope) => source.settings.winner(path, scope.line ?? keyLine(source, scope));
}

/** Whose `line.*` settings hold for a key: those of the account it works on, or of the first. */
function keyLine({ device }: MapSource, { element }: MapScope): Line | undefined {
  if (element === undefined) return undefined;
  const number = valueAt(element.value, ["line"]);
  return device?.lines.find(({ index }) => index === number) ?? device?.lines[0];
}

/** What stands at a path inside a winner's value; the losers' own there as well. */
function insideWinner(winner: Winner | undefined, path: readonly string[]): Winner | undefined {
  if (winner === undefined || path.length === 0) return winner;
  const value = valueAt(winner.value, path);
  if (value === undefined) return undefined;
  const losers = winner.losers.flatMap((loser) => {
    const lost = valueAt(loser.value, path);
    return lost === undefined ? [] : [{ layer: loser.layer, value: lost }];
  });
  return { value, layer: winner.layer, losers };
}

function provisioningUrl({ settings, address }: MapSource, { line }: MapScope): Winner | undefined {
  const winner = settings.winner("provisioning.url", line);
  if (address === undefined || !isNothing(winner?.value)) return winner;
  return { value: address, layer: "default", losers: [] };
}

/**
 * A version that is wanted stands for the image of our catalogue: the next one on the way there. An address that somebody
 * set wins; a version that there is no way to is left out, so that no phone starts on it.
 */
function firmwareFact(
  { settings, image }: MapSource,
  path: "firmware.url" | "firmware.version",
): Winner | undefined {
  const winner = settings.winner(path);
  if (image === undefined) return winner;
  const address = settings.winner("firmware.url");
  if (!isNothing(address?.value)) return winner;
  if (image.kind === "held") return undefined;
  const wanted = settings.winner("firmware.version");
  const value = path === "firmware.url" ? image.url : image.version;
  return { value, layer: wanted?.layer ?? "default", losers: winner?.losers ?? [] };
}

const meanings = new Map<string, Meaning>();

/** The winner of a path as it is meant in one turn of a group. */
export function winnerIn(source: MapSource, scope: MapScope, path: string): Winner | undefined {
  let meaning = meanings.get(path);
  if (meaning === undefined) {
    meaning = meaningOf(path);
    meanings.set(path, meaning);
  }
  return meaning(source, scope);
}

/** An account's number, for keys that point at accounts (a handset's lines). */
function lineIndex({ line }: MapScope): Winner | undefined {
  return line === undefined ? undefined : { value: line.index, layer: "default", losers: [] };
}

function keyDefault(scope: MapScope): Winner | undefined {
  return scope.element === undefined ? undefined : { value: 1, layer: "default", losers: [] };
}
