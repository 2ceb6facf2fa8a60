import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const minutesPerDay = 24 * 60;

/** Minutes after midnight of `HH:MM`. */
function minutesOf(time: unknown): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(typeof time === "string" ? time : "") ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

function encode({ setting, model }: EncodingInput): Encoded {
  const pause = Number(setting("provisioning.repoll") ?? 0);
  const periodic = { name: "Resync_Periodic", value: String(pause * 60) };
  const window = setting("provisioning.repollWindow.from");
  const from = typeof window === "string" ? window : "";
  const asked = from !== "" && pause > 0;
  if (!model.capabilities.includes("resync-at"))
    return {
      ok: true,
      parts: [periodic],
      notes: asked ? [`${model.model} knows no time of day for it: the pause alone holds`] : [],
    };
  const start = minutesOf(from);
  if (!asked) return { ok: true, parts: [periodic, { name: "Resync_At__HHmm_", value: "" }] };
  if (start === undefined) return { ok: false, limit: "a time of day such as 02:30" };
  const until = minutesOf(setting("provisioning.repollWindow.to")) ?? start;
  const spread = (until - start + minutesPerDay) % minutesPerDay;
  return {
    ok: true,
    notes: pause === minutesPerDay ? [] : ["with a time of day the phone looks once a day"],
    parts: [
      {
        name: "Resync_At__HHmm_",
        value: from.replace(":", ""),
        setting: "provisioning.repollWindow.from",
      },
      {
        name: "Resync_At_Random_Delay",
        value: String(spread * 60),
        setting: "provisioning.repollWindow.to",
      },
    ],
  };
}

/** When the phone looks for a new profile: after a pause, or spread behind a time of day. */
export const ciscoResync: Encoding = {
  name: "cisco-resync",
  settings: ["provisioning.repoll", "provisioning.repollWindow.from", "provisioning.repollWindow.to"],
  encode,
};
