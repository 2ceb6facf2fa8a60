import { Type, type Static } from "typebox";
import { LineSettings } from "./phone-settings.ts";

/** One account on a device: its number on the phone, and the `line` settings that are its own. */
export const Line = Type.Object(
  {
    index: Type.Integer({ minimum: 1, maximum: 100, description: "1-based" }),
    settings: LineSettings,
  },
  { additionalProperties: false },
);
export type Line = Static<typeof Line>;
