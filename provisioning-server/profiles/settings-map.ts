import { Type, type Static } from "typebox";

// firmware-profiles/<family>/settings.json: which vendor key carries which neutral setting. No template language: a key
// with numbers put in, a path of protocol/phone-settings.ts, and a few named ways to turn the value into a word.

const Words = Type.Record(Type.String(), Type.String());
const SettingPath = Type.String({ pattern: "^[a-z][A-Za-z0-9]*(\\.[A-Za-z0-9-]+)*$" });
const Why = Type.String({ minLength: 12, maxLength: 600 });

/** Conditions on settings; all must hold. The value, one of several, or `*`: set at all and not empty. */
export const Conditions = Type.Record(
  SettingPath,
  Type.Union([
    Type.String(),
    Type.Number(),
    Type.Boolean(),
    Type.Array(Type.Union([Type.String(), Type.Number()])),
  ]),
);
export type Conditions = Static<typeof Conditions>;

const VersionRange = Type.String({ pattern: "^(>=|<)[0-9.]+( (>=|<)[0-9.]+)?$" });
const Needs = Type.Array(Type.String({ pattern: "^[a-z0-9-]+$" }));

const Only = Type.Array(Type.String({ pattern: "^[a-z0-9-]+$" }), { minItems: 1 });

/**
 * One vendor key. Exactly one of `value` (a setting), `constant`, `encoding` (named code, profiles/encodings) says what it
 * carries. Placeholders in `key`: `{line}` `{key}` `{module}` `{n}` count from 1, with a trailing 0 (`{line0}`) from 0, and
 * `{name}` is what an encoding calls its part. `{bank}` and `{place}` are a key's name and its number under that name, for
 * phones whose keys have several names. A list of keys is by line: the first is line 1 (irregular P-values).
 */
export const MapEntry = Type.Object(
  {
    key: Type.Union([
      Type.String({ minLength: 1, maxLength: 200 }),
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1 }),
    ]),
    value: Type.Optional(SettingPath),
    constant: Type.Optional(Type.String({ maxLength: 1000 })),
    encoding: Type.Optional(Type.String({ pattern: "^[a-z0-9-]+$" })),
    /** Neutral word to vendor word: inline, or the name of a table in `words`. For an encoding: its word list. */
    map: Type.Optional(Type.Union([Words, Type.String()])),
    /** Unit to unit: seconds to minutes is divide 60, DSCP to TOS byte is multiply 4. Rounded up. */
    scale: Type.Optional(
      Type.Object(
        {
          multiply: Type.Optional(Type.Number()),
          divide: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    /** Text around values: `{value}`, or another setting's path in braces. */
    format: Type.Optional(Type.String({ maxLength: 300 })),
    /** How a list of values becomes one text. */
    join: Type.Optional(Type.String({ maxLength: 5 })),
    /** What this vendor can carry; outside it the value is refused with a sentence. */
    limit: Type.Optional(
      Type.Object(
        {
          min: Type.Optional(Type.Number()),
          max: Type.Optional(Type.Number()),
          length: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        { additionalProperties: false },
      ),
    ),
    /** Written when the setting is not set; empty clears the key the syntax's own way. Without it the key is left out. */
    absent: Type.Optional(Type.String({ maxLength: 200 })),
    /** Written for accounts and keys the model has and the device does not use; empty clears. */
    unused: Type.Optional(Type.String({ maxLength: 200 })),
    when: Type.Optional(Conditions),
    unless: Type.Optional(Conditions),
    versions: Type.Optional(VersionRange),
    /** Capabilities the model must have; where one is missing, preview says that the model lacks the setting. */
    needs: Type.Optional(Needs),
    /** Capabilities without which it is not this model's: nothing is said, for its setting has another key or is not missed. */
    only: Type.Optional(Only),
    /** Which part of the map it is: files say which parts they carry. */
    part: Type.Optional(Type.String({ pattern: "^[a-z-]+$" })),
    /** Goes into the config of a door without encryption: only what leads to the HTTPS door. */
    bootstrap: Type.Optional(Type.Literal(true)),
    /** XML attributes of the element (Snom `perm`, Cisco `ua`). */
    attributes: Type.Optional(Words),
    /** A change of it makes the phone restart. */
    reboots: Type.Optional(Type.Literal(true)),
    why: Type.Optional(Why),
  },
  { additionalProperties: false },
);
export type MapEntry = Static<typeof MapEntry>;

/**
 * Entries that go together. `each` repeats them: `line` (accounts), `key` (keys on the phone), `module-key` (keys on
 * expansion modules), or the path of a list setting, whose elements are then `item` or `item.<name>`.
 * Keys are `key.type`, `key.value` and so on. A `line.*` setting outside of `each: line` is that of the first line.
 */
export const MapGroup = Type.Object(
  {
    about: Type.String({ minLength: 3, maxLength: 200 }),
    each: Type.Optional(Type.String({ pattern: "^[a-z][A-Za-z0-9.-]*$" })),
    when: Type.Optional(Conditions),
    unless: Type.Optional(Conditions),
    versions: Type.Optional(VersionRange),
    needs: Type.Optional(Needs),
    only: Type.Optional(Only),
    part: Type.Optional(Type.String({ pattern: "^[a-z-]+$" })),
    why: Type.Optional(Why),
    entries: Type.Array(MapEntry, { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type MapGroup = Static<typeof MapGroup>;

export const SettingsMap = Type.Object(
  {
    /** How yes and no are written where an entry has no `map` of its own. */
    booleans: Type.Object({ true: Type.String(), false: Type.String() }, { additionalProperties: false }),
    /** Named word tables, for `map`. */
    words: Type.Optional(Type.Record(Type.String(), Words)),
    /** What `{bank}` is for models without `keyBanks`. */
    keyBank: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9]+$" })),
    groups: Type.Array(MapGroup, { minItems: 1 }),
    /** Settings this family has no key for, each with the reason, so that the silence is on purpose. */
    lacks: Type.Optional(Type.Record(SettingPath, Why)),
  },
  { additionalProperties: false },
);
export type SettingsMap = Static<typeof SettingsMap>;
