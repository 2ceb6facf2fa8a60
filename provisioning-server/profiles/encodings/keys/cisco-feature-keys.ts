import { Type } from "typebox";
import { Check } from "typebox/value";
import { LineKey } from "../../../../protocol/phone-settings.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const Keys = Type.Array(LineKey);

/** Buttons are counted through: the phone's own, then those of each module. */
function buttonOf(key: LineKey, { model }: EncodingInput): number | undefined {
  const { most = 0, keys = 0 } = model.modules ?? {};
  if (key.module === undefined) return key.position <= model.keys ? key.position : undefined;
  if (key.module > most || key.position > keys) return undefined;
  return model.keys + (key.module - 1) * keys + key.position;
}

function describe(key: LineKey): string {
  return `${key.module === undefined ? "key" : `module ${key.module} key`} ${key.position} (${key.type})`;
}

// featureID: 9 is a line, 2 a speed dial, 21 a speed dial with a busy lamp.
const features: Readonly<Partial<Record<LineKey["type"], string>>> = { "speed-dial": "2", blf: "21" };

function encode(input: EncodingInput): Encoded {
  const asked = input.setting("keys") ?? [];
  if (!Check(Keys, asked)) return { ok: false, limit: "a list of keys" };
  const taken = new Set((input.accounts ?? []).map(({ index }) => index));
  const parts: { name: string; value: string }[] = [];
  const notes: string[] = [];
  for (const key of asked) {
    const button = buttonOf(key, input);
    const feature = features[key.type];
    if (key.type === "none" || (key.type === "line" && (key.line ?? 1) === button)) continue;
    if (button === undefined) notes.push(`${describe(key)} is more than it has`);
    else if (taken.has(button)) notes.push(`${describe(key)}: the button is that of account ${button}`);
    else if (feature === undefined || key.value === undefined)
      notes.push(`${describe(key)} has no feature that we know on this phone`);
    else {
      const line = `line@button=${button}`;
      parts.push(
        { name: `${line}/featureID`, value: feature },
        { name: `${line}/featureLabel`, value: key.label ?? key.value },
        { name: `${line}/speedDialNumber`, value: key.value },
      );
      // Pick up a ringing extension with the same button.
      if (key.type === "blf") parts.push({ name: `${line}/featureOptionMask`, value: "1" });
    }
  }
  return { ok: true, parts, notes };
}

/** Buttons of the device file that are no accounts: each account has the button of its number. */
export const ciscoFeatureKeys: Encoding = { name: "cisco-feature-keys", settings: ["keys"], encode };
