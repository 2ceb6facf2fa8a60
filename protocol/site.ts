import { Type, type Static } from "typebox";
import { PhoneSettings } from "./phone-settings.ts";

/** A place with phones: its networks, when they may enrol from there, and the settings all its phones share. */
export const Site = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    tenant: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    name: Type.String({ maxLength: 100 }),
    /** CIDR blocks, as the server sees the site's phones. */
    networks: Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50 }),
    /** Until when a known phone may claim its config from these networks without a token, ms; absent: closed. */
    windowUntil: Type.Optional(Type.Number()),
    /** What a door without encryption (TFTP, plain HTTP) may carry: only the way to the HTTPS door (default), or all. */
    clearDoors: Type.Optional(Type.Enum(["bootstrap", "full"])),
    /**
     * Known phones may claim their config from these networks where the site's agent sees them: on the port planned for
     * the phone alone, or, where none is planned, on any port of the site's switches; absent: never.
     */
    location: Type.Optional(Type.Enum(["port", "switches"])),
    settings: PhoneSettings,
  },
  { additionalProperties: false },
);
export type Site = Static<typeof Site>;
