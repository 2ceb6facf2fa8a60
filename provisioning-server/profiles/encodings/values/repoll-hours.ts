import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function hourOf(time: unknown): string | undefined {
  const hour = typeof time === "string" ? /^([01]?\d|2[0-3]):[0-5]\d$/.exec(time)?.[1] : undefined;
  return hour === undefined ? undefined : String(Number(hour));
}

function encode({ setting, words }: EncodingInput): Encoded {
  const times = [
    { name: "from", time: setting("provisioning.repollWindow.from") },
    { name: "to", time: setting("provisioning.repollWindow.to") },
  ].filter(({ time }) => typeof time === "string" && time !== "");
  const parts = times.flatMap(({ name, time }) => {
    const value = hourOf(time);
    const setting = `provisioning.repollWindow.${name}`;
    return value === undefined ? [] : [{ name: words.get(name) ?? name, value, setting }];
  });
  return parts.length === times.length ? { ok: true, parts } : { ok: false, limit: "a time as 02:00" };
}

/** The full hours of the time of day in which the phone looks for its config, under the words of `from` and `to`. */
export const repollHours: Encoding = {
  name: "repoll-hours",
  settings: ["provisioning.repollWindow.from", "provisioning.repollWindow.to"],
  encode,
};
