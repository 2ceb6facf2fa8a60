import { type Layer, settingLayers } from "../../protocol/answer.ts";
import type { Line } from "../../protocol/line.ts";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { type SettingLayers, settingWinner, type Winner } from "./settings-for.ts";

// Rendering asks for hundreds of settings of which people set a few dozen. So the layers are taken apart once for a file,
// and what nobody set costs one look-up that finds nothing.

interface Said {
  readonly layer: Layer;
  readonly value: unknown;
}

function takeApart(value: object, path: string, tell: (path: string, value: unknown) => void): void {
  for (const [name, child] of Object.entries(value)) {
    const at = path === "" ? name : `${path}.${name}`;
    if (typeof child !== "object" || child === null || settingCatalogue.has(at)) tell(at, child);
    else takeApart(child, at, tell);
  }
}

const defaults = new Map<string, Winner>(
  [...settingCatalogue]
    .filter(([, about]) => about.default !== undefined)
    .map(([path, about]) => [path, { value: about.default, layer: "default", losers: [] }]),
);

/** The settings that hold for one phone: what settingWinner() says, fast. Layers must not change while it is in use. */
export class SettingTable {
  readonly #layers: SettingLayers;
  readonly #said = new Map<string, Said[]>();
  readonly #lines = new Map<Line, Map<string, unknown>>();

  constructor(layers: SettingLayers) {
    this.#layers = layers;
    for (const layer of settingLayers) {
      if (layer === "default" || layer === "line") continue;
      takeApart(layers[layer] ?? {}, "", (path, value) => {
        if (value === undefined) return;
        const said = this.#said.get(path);
        if (said === undefined) this.#said.set(path, [{ layer, value }]);
        else said.push({ layer, value });
      });
    }
  }

  /** Who wins a setting: the strongest layer that says anything. `line`: whose `line.*` settings are looked at. */
  winner(path: string, line?: Line): Winner | undefined {
    if (!settingCatalogue.has(path)) return settingWinner(this.#layers, path, line);
    const said = this.#said.get(path);
    const fallback = defaults.get(path);
    const own = line === undefined || !path.startsWith("line.") ? undefined : this.#ofLine(line).get(path);
    if (said === undefined && own === undefined) return fallback;
    const all: Said[] = fallback === undefined ? [] : [{ layer: "default", value: fallback.value }];
    if (said !== undefined) all.push(...said);
    if (own !== undefined) all.push({ layer: "line", value: own });
    const winner = all.pop();
    return winner === undefined ? undefined : { value: winner.value, layer: winner.layer, losers: all };
  }

  #ofLine(line: Line): ReadonlyMap<string, unknown> {
    let own = this.#lines.get(line);
    if (own === undefined) {
      own = new Map();
      const told = own;
      takeApart(line.settings, "line", (path, value) => void told.set(path, value));
      this.#lines.set(line, own);
    }
    return own;
  }
}
