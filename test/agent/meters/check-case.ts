import assert from "node:assert/strict";
import { displayedNumber, type MeterCase } from "../../../agent/meters/capture-case.ts";
import { chips } from "../../../agent/meters/chips/list.ts";
import { decodeRecording } from "../../../agent/meters/decode-recording.ts";

/** A case of an owner is right when its chip reads each recording as the display was typed. */
export function checkCase(found: MeterCase): void {
  const chip = chips.find(({ name }) => name === found.chip);
  assert.ok(chip, `${found.name}: no chip ${String(found.chip)}`);
  for (const { what, display, hex } of found.captures) {
    const { readings } = decodeRecording(chip, Buffer.from(hex, "hex"));
    const shown = displayedNumber(display);
    assert.notEqual(shown, undefined, `${what}: "${display}" is no display`);
    assert.ok(
      readings.some(({ value, overload }) => (shown === null ? overload !== "none" : value === shown)),
      `${what}: "${display}", read as ${readings.map(({ value }) => value).join(", ")}`,
    );
  }
}
