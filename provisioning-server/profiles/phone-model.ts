import { Type, type Static } from "typebox";
import { codecNames, PhoneSettings } from "../../protocol/phone-settings.ts";
import { MapEntry, MapGroup } from "./settings-map.ts";

const Why = Type.String({ minLength: 12, maxLength: 600 });

/** How a model departs from its family's map: a key it has not, or writes another way. */
const Difference = Type.Object(
  {
    key: Type.String({ description: "the `key` of the family's entry" }),
    use: Type.Optional(MapEntry),
    omit: Type.Optional(Type.Literal(true)),
    why: Why,
  },
  { additionalProperties: false },
);

/** firmware-profiles/<family>/models/<model>.json: what a model is. */
export const PhoneModel = Type.Object(
  {
    model: Type.String({
      pattern: "^[A-Za-z0-9][A-Za-z0-9 ._+-]*$",
      maxLength: 40,
      description: "as the vendor prints it",
    }),
    /** Other spellings in user agents and file names; case does not count. */
    alsoKnownAs: Type.Optional(Type.Array(Type.String({ maxLength: 40 }))),
    /** golden: an example with expected files stands beside it. listed: facts only. */
    mark: Type.Enum(["golden", "listed"]),
    kind: Type.Enum(["desk", "conference", "dect", "adapter", "door", "soft", "video"]),
    lines: Type.Integer({ minimum: 0, maximum: 1000 }),
    /** Programmable keys on the phone itself, all pages. */
    keys: Type.Integer({ minimum: 0, maximum: 300 }),
    /** Where its keys have several names in its files (`topsoftkey1`, `softkey1`): in the order of positions. */
    keyBanks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: "^[A-Za-z0-9]+$" }),
            keys: Type.Integer({ minimum: 1, maximum: 300 }),
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    ),
    modules: Type.Optional(
      Type.Object(
        {
          kinds: Type.Array(Type.String(), { minItems: 1 }),
          most: Type.Integer({ minimum: 1, maximum: 12 }),
          keys: Type.Integer({ minimum: 1, maximum: 300, description: "per module" }),
        },
        { additionalProperties: false },
      ),
    ),
    codecs: Type.Array(Type.Enum(codecNames), { minItems: 1 }),
    poe: Type.Optional(
      Type.Object(
        {
          class: Type.Integer({ minimum: 0, maximum: 8 }),
          watts: Type.Optional(
            Type.Number({ minimum: 0, maximum: 100, description: "at most, without modules" }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    screen: Type.Union([
      Type.Object(
        {
          /** Pixels, where a source tells them. */
          width: Type.Optional(Type.Integer()),
          height: Type.Optional(Type.Integer()),
          colour: Type.Boolean(),
          touch: Type.Optional(Type.Boolean()),
          labelLength: Type.Optional(
            Type.Integer({ description: "characters of a key label that are seen" }),
          ),
        },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
    /** The model's number in file names (Yealink y0000000000NN.cfg, Htek device code). */
    fileCode: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9]{1,16}$" })),
    /** Which firmware runs on it: the first number, or the image's name. */
    firmwareLine: Type.Optional(Type.String({ maxLength: 60 })),
    /** The newest firmware it can run, where its family goes on: what holds while the phone's own is not known. */
    lastFirmware: Type.Optional(Type.String({ pattern: "^[0-9][A-Za-z0-9._-]*$", maxLength: 60 })),
    hardware: Type.Optional(Type.Array(Type.String({ maxLength: 60 }))),
    capabilities: Type.Array(Type.String({ pattern: "^[a-z0-9-]+$" })),
    /** The model layer: what is right for every phone of this model. */
    settings: Type.Optional(PhoneSettings),
    differences: Type.Optional(Type.Array(Difference)),
    adds: Type.Optional(Type.Array(MapGroup)),
    sources: Type.Array(Type.String({ minLength: 3 }), { minItems: 1 }),
    /** What no source confirms yet. */
    unverified: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
);
export type PhoneModel = Static<typeof PhoneModel>;
