import { Type, type Static } from "typebox";
import { Line } from "./line.ts";
import { MacAddress } from "./mac-address.ts";
import { PhoneSettings } from "./phone-settings.ts";

/** ordered → expected → seen → claimed → secret issued → secret confirmed → steady; revoked ends it until re-enrolled. */
export const EnrolmentState = Type.Union([
  Type.Literal("ordered"),
  Type.Literal("expected"),
  Type.Literal("seen"),
  Type.Literal("claimed"),
  Type.Literal("secret-issued"),
  Type.Literal("secret-confirmed"),
  Type.Literal("steady"),
  Type.Literal("revoked"),
]);
export type EnrolmentState = Static<typeof EnrolmentState>;

/** One phone we know. */
export const Device = Type.Object(
  {
    mac: MacAddress,
    vendor: Type.String({ maxLength: 40 }),
    model: Type.String({ maxLength: 40, description: "as the vendor prints it" }),
    site: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    label: Type.Optional(Type.String({ maxLength: 100, description: "for people: room, owner" })),
    port: Type.Optional(
      Type.String({
        maxLength: 120,
        description: "switch and port it belongs on, as the site's agent names it: `sw1/7`",
      }),
    ),
    state: EnrolmentState,
    lines: Type.Array(Line, { maxItems: 100 }),
    settings: PhoneSettings,
    /** Vendor keys written as they are, after the mapped ones; checked for syntax, marked raw in previews. */
    raw: Type.Record(Type.String(), Type.String()),
    /** Part of the device's token (provisioning-server/answer/device-token.ts): one more makes the old URL worthless. */
    tokenGeneration: Type.Integer({ minimum: 1, default: 1 }),
    /** Counts every change of the device, its lines and its settings. */
    revision: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type Device = Static<typeof Device>;
