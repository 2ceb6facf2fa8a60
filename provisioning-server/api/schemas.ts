import { Type } from "typebox";
import { settingLayers } from "../../protocol/answer.ts";
import { Device } from "../../protocol/device.ts";
import { Line } from "../../protocol/line.ts";
import { PhoneSettings } from "../../protocol/phone-settings.ts";
import { Site } from "../../protocol/site.ts";
import { Tenant } from "../../protocol/tenant.ts";
import { roles } from "../store/staff.ts";

// Bodies of the API. What it shows and takes of a noun is the noun of protocol/; only what is the server's to say is left out.

const strict = { additionalProperties: false } as const;
const vendorKeys = Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 4000 }), {
  maxProperties: 500,
  description: "vendor keys, written as they are",
});
const { vendor, model, site, label, lines, settings } = Device.properties;

/** A phone as it is written: whole. */
export const DeviceBody = Type.Object(
  {
    vendor: Type.Optional(vendor),
    model,
    site,
    label,
    lines: Type.Optional(lines),
    settings: Type.Optional(settings),
    raw: Type.Optional(vendorKeys),
  },
  strict,
);

/** A phone that is not known yet. */
export const NewDevice = Type.Object(
  { mac: Type.String({ pattern: "^[0-9A-Fa-f:. -]{12,17}$" }), ...DeviceBody.properties },
  strict,
);

export const SiteBody = Type.Object(
  {
    name: Type.Optional(Site.properties.name),
    networks: Type.Optional(Site.properties.networks),
    clearDoors: Site.properties.clearDoors,
    settings: Type.Optional(PhoneSettings),
  },
  strict,
);
export const NewSite = Type.Object({ id: Site.properties.id, ...SiteBody.properties }, strict);
/** A site as it is shown. */
export const SiteView = Type.Object(
  { ...Site.properties, revision: Type.Integer({ minimum: 1, description: "counts every change" }) },
  strict,
);

export const TenantBody = Type.Object(
  { name: Type.Optional(Tenant.properties.name), settings: Type.Optional(PhoneSettings) },
  strict,
);
export const NewTenant = Type.Object({ id: Tenant.properties.id, ...TenantBody.properties }, strict);

export const WindowBody = Type.Object(
  { until: Type.Integer({ minimum: 0, description: "ms since 1970; at most 7 days from now" }) },
  strict,
);

export const LineBody = Type.Object({ settings: Line.properties.settings }, strict);
export const LineView = Type.Object({ mac: Device.properties.mac, ...Line.properties }, strict);

export const TokenBody = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 60,
      pattern: "^[\\w .@-]+$",
      description: "what it is for",
    }),
    role: Type.Enum(roles),
    days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 730, default: 90, description: "how long it is good" }),
    ),
  },
  strict,
);
export const TokenView = Type.Object(
  {
    id: Type.String(),
    tenant: Type.String(),
    name: Type.String(),
    role: Type.Enum(roles),
    madeBy: Type.String(),
    createdAt: Type.Integer(),
    expiresAt: Type.Integer(),
    usedAt: Type.Optional(Type.Integer({ description: "to the minute" })),
  },
  strict,
);
export const NewTokenView = Type.Object(
  { ...TokenView.properties, token: Type.String({ description: "shown this once" }) },
  strict,
);

const Layer = Type.Enum(settingLayers);
export const SettingView = Type.Object(
  {
    path: Type.String({ description: "`time.zone`, or `line2.user`" }),
    value: Type.Unknown({ description: "dots for a secret" }),
    layer: Layer,
    losers: Type.Array(Type.Object({ layer: Layer, value: Type.Unknown() }, strict), {
      description: "what weaker layers would have said, weakest first",
    }),
  },
  strict,
);
export const SettingsView = Type.Object({ items: Type.Array(SettingView) }, strict);

export const FileView = Type.Object(
  {
    name: Type.String(),
    fileId: Type.String(),
    contentType: Type.String(),
    secret: Type.Boolean({ description: "whether secrets stand in it" }),
    text: Type.String({ description: "as the phone gets it; stars for secrets" }),
    provenance: Type.Array(
      Type.Object(
        {
          key: Type.String(),
          line: Type.Integer(),
          setting: Type.String(),
          layer: Layer,
          losers: Type.Array(Type.Object({ layer: Layer, value: Type.String() }, strict)),
          why: Type.Optional(Type.String()),
        },
        strict,
      ),
    ),
    notes: Type.Array(Type.String()),
  },
  strict,
);
export const PreviewView = Type.Object({ items: Type.Array(FileView) }, strict);

export const TraceView = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          at: Type.Integer(),
          door: Type.String(),
          method: Type.String(),
          path: Type.String(),
          address: Type.String(),
          userAgent: Type.Optional(Type.String()),
          outcome: Type.String(),
          normal: Type.Optional(
            Type.Boolean({ description: "a missing file that such phones live without" }),
          ),
          status: Type.Integer(),
          bytes: Type.Integer(),
          reason: Type.Optional(Type.String()),
          remedy: Type.Optional(Type.String()),
        },
        strict,
      ),
      { description: "newest first" },
    ),
  },
  strict,
);

export const LintView = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          mac: Type.String(),
          rule: Type.String(),
          setting: Type.String(),
          why: Type.String(),
          remedy: Type.String(),
        },
        strict,
      ),
    ),
  },
  strict,
);

export const AddressView = Type.Object(
  { address: Type.String({ description: "the phone's own address, its token inside: a secret" }) },
  strict,
);
