import { Type, type Static } from "typebox";
import { PhoneSettings } from "./phone-settings.ts";

/** Somebody whose sites and phones nobody else sees: a company, or a customer of one. */
export const Tenant = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    name: Type.String({ maxLength: 100 }),
    /** What all its phones share; its sites and phones may say otherwise. */
    settings: PhoneSettings,
    /** Counts every change of the tenant itself. */
    revision: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type Tenant = Static<typeof Tenant>;
