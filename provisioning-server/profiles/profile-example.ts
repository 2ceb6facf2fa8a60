import { Type, type Static } from "typebox";
import { Device } from "../../protocol/device.ts";
import { Door, Identity } from "../../protocol/phone-request.ts";
import { PhoneSettings } from "../../protocol/phone-settings.ts";
import { Site } from "../../protocol/site.ts";

/** One request of a captured boot, and what it must lead to. MACs, names and passwords are made up. */
export const ExampleRequest = Type.Object(
  {
    via: Door,
    path: Type.String(),
    userAgent: Type.Optional(Type.String()),
    /** The device's own token in front of the path; without it the site's window decides. */
    token: Type.Optional(Type.Literal(true)),
    identity: Identity,
    outcome: Type.Enum(["file", "no-such-file", "unknown-device", "denied"]),
    /** The expected body, a file of the case's folder. */
    body: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9._/-]+$" })),
  },
  { additionalProperties: false },
);
export type ExampleRequest = Static<typeof ExampleRequest>;

/** examples/<case>/request.json */
export const ExampleRequests = Type.Object(
  {
    about: Type.String({ minLength: 10 }),
    source: Type.String({
      minLength: 5,
      description: "where the requests were seen, or which guide tells them",
    }),
    /** Wall clock, ISO 8601: daylight saving depends on the year. */
    at: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T" }),
    requests: Type.Array(ExampleRequest, { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type ExampleRequests = Static<typeof ExampleRequests>;

/** examples/<case>/device.json: the inventory as it stood. */
export const ExampleInventory = Type.Object(
  { device: Device, site: Site, tenant: Type.Optional(PhoneSettings) },
  { additionalProperties: false },
);
export type ExampleInventory = Static<typeof ExampleInventory>;
