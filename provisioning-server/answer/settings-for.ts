import { type Layer, settingLayers } from "../../protocol/answer.ts";
import type { Line } from "../../protocol/line.ts";
import { type PhoneSettings, settingCatalogue } from "../../protocol/phone-settings.ts";

/** The layers of settings that hold for one phone; absent ones say nothing. The built-in default is in the catalogue. */
export interface SettingLayers {
  readonly vendor?: PhoneSettings | undefined;
  readonly model?: PhoneSettings | undefined;
  readonly tenant?: PhoneSettings | undefined;
  readonly site?: PhoneSettings | undefined;
  readonly device?: PhoneSettings | undefined;
}

/** What holds for a setting, who says so, and what the weaker layers would have said (weakest first). */
export interface Winner {
  readonly value: unknown;
  readonly layer: Layer;
  readonly losers: readonly { readonly layer: Layer; readonly value: unknown }[];
}

/** The value at a path; own properties only, so that no input reaches a prototype. */
export function valueAt(settings: unknown, path: readonly string[]): unknown {
  let here = settings;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

const splitPaths = new Map<string, readonly string[]>();

/** Paths come from maps and the catalogue, so there are few: each is split once. */
function pathOf(path: string): readonly string[] {
  let parts = splitPaths.get(path);
  if (parts === undefined) {
    parts = path.split(".");
    if (splitPaths.size < 5000) splitPaths.set(path, parts);
  }
  return parts;
}

function inLayer(layer: Layer, layers: SettingLayers, line: Line | undefined, path: string): unknown {
  if (layer === "default") return settingCatalogue.get(path)?.default;
  if (layer === "line")
    return path.startsWith("line.") ? valueAt(line?.settings, pathOf(path).slice(1)) : undefined;
  return valueAt(layers[layer], pathOf(path));
}

/** An element of a list is that of the list that wins: lists replace each other whole. */
function elementWinner(layers: SettingLayers, list: string, index: string): Winner | undefined {
  const winner = settingWinner(layers, list);
  const value = valueAt(winner?.value, [index]);
  if (winner === undefined || value === undefined) return undefined;
  const losers = winner.losers.flatMap((loser) => {
    const lost = valueAt(loser.value, [index]);
    return lost === undefined ? [] : [{ layer: loser.layer, value: lost }];
  });
  return { value, layer: winner.layer, losers };
}

/** Who wins a setting: the strongest layer that says anything. `line`: whose `line.*` settings are looked at. */
export function settingWinner(layers: SettingLayers, path: string, line?: Line): Winner | undefined {
  const lastCode = path.charCodeAt(path.length - 1); // most paths end in a letter, and this runs for each of them
  const [, list, index] = (lastCode <= 0x39 ? /^(.+)\.(\d+)$/.exec(path) : undefined) ?? [];
  if (list !== undefined && index !== undefined) return elementWinner(layers, list, index);
  const said: { layer: Layer; value: unknown }[] = [];
  for (const layer of settingLayers) {
    const value = inLayer(layer, layers, line, path);
    if (value !== undefined) said.push({ layer, value });
  }
  const winner = said.pop();
  return winner === undefined ? undefined : { ...winner, losers: said };
}

/** All settings that hold, by path, with winner and losers: what `preview --why` and the page show. */
export function settingsFor(layers: SettingLayers, line?: Line): ReadonlyMap<string, Winner> {
  const settings = new Map<string, Winner>();
  for (const path of settingCatalogue.keys()) {
    const winner = settingWinner(layers, path, line);
    if (winner !== undefined) settings.set(path, winner);
  }
  return settings;
}

/** Paths of the settings that a layer says anything about. */
export function settingsIn(settings: object | undefined, prefix = ""): string[] {
  const paths: string[] = [];
  for (const [name, value] of Object.entries(settings ?? {})) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (settingCatalogue.has(path)) paths.push(path);
    else if (typeof value === "object" && value !== null) paths.push(...settingsIn(value, path));
  }
  return paths;
}
