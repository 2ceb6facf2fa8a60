import { Type, type Static } from "typebox";
import { PhoneSettings } from "../../protocol/phone-settings.ts";

const Why = Type.String({ minLength: 12, maxLength: 600 });
const Shape = Type.String({ minLength: 1, maxLength: 200 });

const SyntaxChoice = Type.Object(
  { name: Type.String(), options: Type.Optional(Type.Record(Type.String(), Type.Unknown())) },
  { additionalProperties: false, description: "how configs are written; `options` are the syntax's own" },
);

/** A file the family asks for. Shapes: see shape.ts; matched against the end of the path, case does not count. */
export const ProfileFile = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9-]+$" }),
    path: Shape,
    /** Other names for the same file. */
    alsoAt: Type.Optional(Type.Array(Shape)),
    kind: Type.Enum(["config", "firmware", "directory", "optional"]),
    /** The family lives well without it: a 404 is no news. */
    normalToMiss: Type.Optional(Type.Literal(true)),
    /** Parts of the settings map it carries; absent: the server has no such file. */
    carries: Type.Optional(Type.Array(Type.String({ pattern: "^[a-z-]+$" }), { minItems: 1 })),
    /** model: the same for every phone of a model, holds nothing of anybody. device: one phone's own. */
    scope: Type.Optional(Type.Enum(["model", "device"])),
    /**
     * What makes a path of this shape this family's: the path alone, a MAC with one of the family's prefixes, or a
     * `{model}` that is one of the family's.
     */
    claims: Type.Optional(Type.Enum(["path", "prefix", "model", "nothing"])),
    /** Where it is written in another way than the family's other files (a manifest). */
    syntax: Type.Optional(SyntaxChoice),
    contentType: Type.Optional(Type.String()),
    versions: Type.Optional(Type.String()),
    why: Type.Optional(Why),
  },
  { additionalProperties: false },
);
export type ProfileFile = Static<typeof ProfileFile>;

const Versions = Type.String({
  pattern: "^(>=|<)\\S+( (>=|<)\\S+)?$",
  description: "a range such as `>=5.5 <5.9`, without the numbers that `skip` passes over",
});

/** What a vendor's own upgrade notes say about going from some versions to some others. */
const FirmwareUpgrade = Type.Object(
  {
    /** As the profiles spell them; absent: all of the family. */
    models: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    from: Type.Optional(Versions),
    to: Type.Optional(Versions),
    /** The version to go to first. */
    via: Type.Optional(Type.String({ maxLength: 40 })),
    /** Why there is no way: in words for the person who wants it. */
    refuse: Type.Optional(Type.String({ minLength: 8, maxLength: 300 })),
    why: Why,
  },
  { additionalProperties: false },
);

/** firmware-profiles/<family>/vendor.json. A vendor with unlike families (Cisco) has a folder for each. */
export const VendorProfile = Type.Object(
  {
    /** The vendor's word in devices and identities; several families may share it. */
    vendor: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    name: Type.String({ maxLength: 60 }),
    identify: Type.Object(
      {
        /** User agents, most telling first; the first that fits is taken. None where no source tells one: paths and MACs remain. */
        agents: Type.Array(
          Type.Object(
            {
              shape: Shape,
              /** Characters that stand in the agent's model word and not in the model's name (`VVX_400`). */
              modelWithout: Type.Optional(Type.String({ maxLength: 4 })),
              /** Of phones that print no model, or one model's own agent. */
              model: Type.Optional(Type.String()),
              example: Type.String({ description: "a real agent (made-up MAC) of this shape" }),
              why: Type.Optional(Why),
            },
            { additionalProperties: false },
          ),
        ),
        macPrefixes: Type.Array(Type.String({ pattern: "^[0-9a-f]{6,9}$" })),
      },
      { additionalProperties: false },
    ),
    /** In the order the phone asks. */
    files: Type.Array(ProfileFile, { minItems: 1 }),
    syntax: SyntaxChoice,
    contentType: Type.String(),
    /** How its phones read a phonebook: a name of profiles/phonebooks/list.ts; absent where we know of none. */
    phonebook: Type.Optional(Type.String({ pattern: "^[a-z-]+$" })),
    /** What a phone wants as its provisioning address: the folder (ends in `/`), or one file by id. */
    address: Type.Union([
      Type.Literal("folder"),
      Type.Object({ file: Type.String() }, { additionalProperties: false }),
    ]),
    firmware: Type.Object(
      {
        /** How many leading numbers of a version name the hardware and do not count when versions are compared. */
        skip: Type.Integer({ minimum: 0, maximum: 3 }),
        why: Type.Optional(Why),
        /** What its key for the address of an image wants: the file (default), the folder it lies in, or its bare name. */
        address: Type.Optional(Type.Enum(["file", "folder", "name"])),
        /** Endings of the file that phones are sent to, where the others of a version are its parts (`.loads`). */
        main: Type.Optional(Type.Array(Type.String({ pattern: "^\\.[a-z0-9.]+$" }), { minItems: 1 })),
        /** The way between versions; the first rule that fits a phone's way counts. */
        upgrades: Type.Optional(Type.Array(FirmwareUpgrade, { maxItems: 40 })),
      },
      { additionalProperties: false },
    ),
    discovery: Type.Array(
      Type.Object({ way: Type.String(), detail: Type.String() }, { additionalProperties: false }),
    ),
    /** How DHCP tells its phones where to fetch; absent: they go by none, or no source says how. */
    dhcp: Type.Optional(
      Type.Object(
        {
          /** Beginnings of option 60, by which a server knows these phones; absent: they send none that we know. */
          classes: Type.Optional(Type.Array(Type.String({ minLength: 2, maxLength: 60 }), { minItems: 1 })),
          option: Type.Integer({ minimum: 1, maximum: 254 }),
          /** Inside option 43. */
          suboption: Type.Optional(Type.Integer({ minimum: 1, maximum: 254 })),
          /** `{url}`, `{host}`, `{port}`, `{address}` are the server's; other signs are the phone's own. */
          value: Type.String({ minLength: 1, maxLength: 120 }),
          unverified: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    resync: Type.Object(
      {
        /** SIP NOTIFY `Event` that makes the phone fetch its config. */
        event: Type.Union([Type.String(), Type.Null()]),
        reboot: Type.Optional(Type.String({ description: "event that restarts it" })),
        detail: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    security: Type.Object(
      {
        clientCertificate: Type.Enum(["none", "per-device", "mixed"]),
        auth: Type.Array(Type.Enum(["basic", "digest", "certificate", "token-path"])),
        detail: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    /** The vendor layer: what is right for every phone of the family. */
    settings: Type.Optional(PhoneSettings),
    quirks: Type.Array(
      Type.Object({ what: Type.String({ minLength: 8 }), why: Why }, { additionalProperties: false }),
    ),
    sources: Type.Array(Type.String({ minLength: 3 }), { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type VendorProfile = Static<typeof VendorProfile>;
