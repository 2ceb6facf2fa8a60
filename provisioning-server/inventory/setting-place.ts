import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import { settingCatalogue, type PhoneSettings, type SettingAbout } from "../../protocol/phone-settings.ts";
import type { Line } from "../../protocol/line.ts";
import { closestWord } from "./closest-word.ts";

/** Where a setting of a site or phone stands. */
export interface SettingPlace {
  /** As typed: `line2.password`, `time.zone`. */
  readonly path: string;
  readonly about: SettingAbout;
  /** 1-based account it belongs to; absent: the whole phone or site. */
  readonly line?: number;
  /** Names to walk inside the line's settings, or inside `settings`. */
  readonly steps: readonly string[];
}

/**
 * Reads a path of the catalogue. `line.server.host` is the default of all lines, `line2.server.host` is line 2's own.
 */
export function decodeSettingPath(path: string): Decoded<SettingPlace> {
  const own = /^line([1-9]\d{0,2})\.(.+)$/.exec(path);
  const known = own === null ? path : `line.${own[2]}`;
  const about = settingCatalogue.get(known);
  if (about === undefined) return unknownPath(path, known);
  if (own === null) return decoded({ path, about, steps: path.split(".") });
  const line = Number(own[1]);
  if (line > 100) return mismatch(path, "a line from 1 to 100", String(line));
  return decoded({ path, about, line, steps: known.split(".").slice(1) });
}

function unknownPath(path: string, known: string): Decoded<SettingPlace> {
  const inside = [...settingCatalogue.keys()].filter((each) => each.startsWith(`${known}.`));
  if (inside.length > 0)
    return mismatch(path, `one of its settings (${inside.join(", ")})`, "a group of settings");
  const near = closestWord(known, settingCatalogue.keys());
  // What was typed for one line is suggested for that line.
  const close = known === path ? near : near?.replace(/^line\./, `${path.slice(0, path.indexOf("."))}.`);
  return mismatch(
    "setting",
    close === undefined ? "the path of a setting" : `a setting, such as ${close}`,
    path,
  );
}

type Layer = Record<string, unknown>;

function isLayer(value: unknown): value is Layer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy of the layer with the value at the steps; undefined takes it out, and empty groups with it. */
function put(layer: Layer, steps: readonly string[], value: unknown): Layer {
  const [step, ...rest] = steps;
  if (step === undefined) return layer;
  const inner = Object.hasOwn(layer, step) ? layer[step] : undefined;
  const next = rest.length === 0 ? value : put(isLayer(inner) ? inner : {}, rest, value);
  const others = Object.entries(layer).filter(([name]) => name !== step);
  const gone = next === undefined || (rest.length > 0 && isLayer(next) && Object.keys(next).length === 0);
  return Object.fromEntries(gone ? others : [...others, [step, next]]);
}

/** The settings of a site or phone with one value put (or taken out, when undefined). The schema was asked before. */
export function putSetting(settings: PhoneSettings, place: SettingPlace, value: unknown): PhoneSettings {
  return put(settings, place.steps, value);
}

/** The lines of a phone with one value put; a line that is not there yet is made. */
export function putLineSetting(lines: readonly Line[], place: SettingPlace, value: unknown): Line[] {
  const index = place.line ?? 1;
  const line = lines.find((each) => each.index === index) ?? { index, settings: {} };
  const changed: Line = { index, settings: put(line.settings, place.steps, value) };
  const others = lines.filter((each) => each.index !== index);
  const gone = Object.keys(changed.settings).length === 0;
  return (gone ? others : [...others, changed]).toSorted((a, b) => a.index - b.index);
}
