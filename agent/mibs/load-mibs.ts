import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";

// Vendor MIBs as data: one JSON file per family. Numbers and units are from the vendors' MIB texts, checked against
// recordings of real switches where the quirks say so.

const Oid = Type.String({ pattern: "^1(\\.(0|[1-9][0-9]{0,9})){3,}$", maxLength: 200 });
const strict = { additionalProperties: false };

/**
 * How the rows of a vendor's table are numbered.
 *
 * - `pse`: as POWER-ETHERNET-MIB, `group.port`
 * - `unit-ifIndex`: `unit.ifIndex`
 * - `port`: one number, the port's own on a single unit
 * - `ifIndex`: one number, the interface
 */
const TableIndex = Type.Union([
  Type.Literal("pse"),
  Type.Literal("unit-ifIndex"),
  Type.Literal("port"),
  Type.Literal("ifIndex"),
]);

const PowerUnit = Type.Union([Type.Literal("W"), Type.Literal("dW"), Type.Literal("mW")]);
export type PowerUnit = Static<typeof PowerUnit>;
const PowerColumn = Type.Object({ column: Oid, unit: PowerUnit }, strict);

const PoeState = Type.Union([
  Type.Literal("off"),
  Type.Literal("searching"),
  Type.Literal("delivering"),
  Type.Literal("fault"),
  Type.Literal("test"),
  Type.Literal("denied"),
]);

/** Why a port gives no power, as far as makes agree on causes. */
const PoeFault = Type.Enum([
  "mps-absent",
  "short",
  "overload",
  "denied",
  "thermal",
  "startup",
  "signature",
  "class",
  "volts",
  "current",
  "controller",
  "other",
]);
export type PoeFault = Static<typeof PoeFault>;

const priorities = Type.Enum(["critical", "high", "low"]);
const yes = Type.Array(Type.Integer(), { minItems: 1 });

/** The ways from a PSE port to its interface, in `port-map.ts`. */
export const PortRule = Type.Enum([
  "table-ifindex",
  "number-is-ifindex",
  "entity-alias",
  "entity-name",
  "stack-port",
  "slot-port-name",
  "junos-name",
  "same-number",
  "unit-port-name",
  "h3c-pse-name",
  "slot-thousands",
]);
export type PortRule = Static<typeof PortRule>;

export const VendorMib = Type.Object(
  {
    about: Type.String({ minLength: 3, maxLength: 200 }),
    /**
     * What the columns rest on: a recording of such a switch, the text of the MIB, another tool's source, or nothing
     * that was checked. The last two count only where what they say is plausible (`settle-mib.ts`).
     */
    proof: Type.Enum(["recording", "mib", "source", "unverified"]),
    /** Prefixes of sysObjectID; the longest one of all files wins. None: found by its table alone. */
    sysObjectId: Type.Array(Oid),
    /** Where others have the same sysObjectID: words of which sysDescr contains one, in lower case. */
    sysDescr: Type.Optional(Type.Array(Type.String({ pattern: "^[^A-Z]+$" }), { minItems: 1 })),
    index: TableIndex,
    /** Rows that are PoE ports at all, in tables that list every interface. */
    isPort: Type.Optional(Type.Object({ column: Oid, yes }, strict)),
    /** Several units: which one it is differs by model, and volts and current beside it tell. */
    watts: Type.Optional(
      Type.Object(
        { column: Oid, unit: Type.Union([PowerUnit, Type.Array(PowerUnit, { minItems: 2 })]) },
        strict,
      ),
    ),
    /** Source volts, in volts, tenths or thousandths: their size tells. */
    volts: Type.Optional(Oid),
    milliamps: Type.Optional(Oid),
    allocated: Type.Optional(PowerColumn),
    /** May the port power: which numbers mean yes. */
    admin: Type.Optional(Type.Object({ column: Oid, yes }, strict)),
    /** Number to state, `none` for a row without PoE; where POWER-ETHERNET-MIB answers too, that one is believed. */
    state: Type.Optional(
      Type.Object(
        {
          column: Oid,
          map: Type.Record(Type.String(), Type.Union([PoeState, Type.Literal("none")])),
          /** What a number means while the interface has link; for tables numbered by `ifIndex`. */
          withLink: Type.Optional(Type.Record(Type.String(), PoeState)),
          /** What the state is while power is drawn, where the column is a setting more than a state. */
          drawing: Type.Optional(PoeState),
        },
        strict,
      ),
    ),
    /** State as text: the first entry whose words the text contains, in lower case. */
    stateText: Type.Optional(
      Type.Object(
        {
          column: Oid,
          map: Type.Array(
            Type.Object(
              {
                contains: Type.String({ pattern: "^[^A-Z]+$" }),
                state: PoeState,
                fault: Type.Optional(PoeFault),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
    /** BITS, counted from the highest bit of the first octet (RFC 2578 section 7.1.4): this one means refused. */
    denied: Type.Optional(Type.Object({ column: Oid, bit: Type.Integer({ minimum: 0 }) }, strict)),
    /** Numbers that mean refused. */
    deniedState: Type.Optional(Type.Object({ column: Oid, values: yes }, strict)),
    /** BITS: any of these means that the device draws more than it may. */
    overdrawn: Type.Optional(
      Type.Object({ column: Oid, bits: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 }) }, strict),
    ),
    fault: Type.Optional(Type.Object({ column: Oid, map: Type.Record(Type.String(), PoeFault) }, strict)),
    /** The fault as text: the first entry whose words the text contains, in lower case; else `other`. */
    faultText: Type.Optional(
      Type.Object(
        {
          column: Oid,
          map: Type.Array(
            Type.Object({ contains: Type.String({ pattern: "^[^A-Z]+$" }), fault: PoeFault }, strict),
          ),
        },
        strict,
      ),
    ),
    class: Type.Optional(
      Type.Object({ column: Oid, add: Type.Integer(), none: Type.Array(Type.Integer()) }, strict),
    ),
    priority: Type.Optional(
      Type.Object({ column: Oid, map: Type.Record(Type.String(), priorities) }, strict),
    ),
    /** Power of all ports together, one row or one per unit. */
    budget: Type.Optional(PowerColumn),
    used: Type.Optional(PowerColumn),
    free: Type.Optional(PowerColumn),
    /** Watts that a port sets aside when a device shows up, before it knows what that needs. */
    reserve: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Names of the supplies, numbered as the standard main table. */
    supplyName: Type.Optional(Oid),
    /** The standard main table in another unit than watts. */
    mainUnit: Type.Optional(PowerUnit),
    portMap: Type.Array(PortRule, { minItems: 1, description: "in order; the first to know wins" }),
    quirks: Type.Array(
      Type.Object({ quirk: Type.String({ minLength: 5 }), why: Type.String({ minLength: 5 }) }, strict),
    ),
  },
  strict,
);
export type VendorMib = Static<typeof VendorMib> & {
  /** File name without its ending. */
  readonly id: string;
};

/** Every column that the file names, to be read in one go. */
export function columnsOfMib(mib: VendorMib): string[] {
  const { watts, allocated, admin, state, stateText, denied, deniedState, overdrawn, isPort } = mib;
  const { fault, faultText, class: classes, priority, budget, used, free } = mib;
  const objects: ({ readonly column: string } | undefined)[] = [
    watts,
    allocated,
    admin,
    state,
    stateText,
    denied,
    deniedState,
    overdrawn,
    isPort,
  ];
  objects.push(fault, faultText, classes, priority, budget, used, free);
  const columns = objects.flatMap((each) => (each === undefined ? [] : [each.column]));
  return [
    ...new Set([
      ...columns,
      ...[mib.volts, mib.milliamps, mib.supplyName].filter((oid) => oid !== undefined),
    ]),
  ];
}

const check = Compile(VendorMib);

/** All problems of one file's text, each with its path. */
function problemsOf(file: string, value: unknown): string[] {
  return check
    .Errors(value)
    .map((error) => `${file}${error.instancePath === "" ? "" : ` ${error.instancePath}`}: ${error.message}`);
}

function readMib(folder: string, file: string, problems: string[]): VendorMib | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, file), "utf8"));
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  if (!check.Check(value)) {
    problems.push(...problemsOf(file, value));
    return undefined;
  }
  return { ...value, id: file.slice(0, -".json".length) };
}

/** Two files that claim one prefix would make the answer depend on their order; sysDescr may tell them apart. */
function doubleClaims(mibs: readonly VendorMib[]): string[] {
  const claimed = new Map<string, string>();
  const problems: string[] = [];
  for (const mib of mibs) {
    for (const prefix of mib.sysObjectId) {
      const claim = `${prefix} ${mib.sysDescr?.join() ?? ""}`;
      const other = claimed.get(claim);
      if (other !== undefined)
        problems.push(`${mib.id}.json /sysObjectId: ${prefix} is claimed by ${other}.json too`);
      claimed.set(claim, mib.id);
    }
  }
  return problems;
}

/** Reads and checks every `*.json` of the folder. @throws one Error with all problems, a line each. */
export function loadMibs(folder: string): readonly VendorMib[] {
  const problems: string[] = [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const mibs = files.toSorted().flatMap((file) => readMib(folder, file, problems) ?? []);
  problems.push(...doubleClaims(mibs));
  if (problems.length > 0) throw new Error(`vendor MIBs in ${folder}:\n${problems.join("\n")}`);
  return mibs;
}

/** The family of a switch by its sysObjectID: longest prefix, at an arc's end; of equals the one that knows its sysDescr. */
export function mibOf(mibs: readonly VendorMib[], sysObjectId: string, sysDescr = ""): VendorMib | undefined {
  const about = sysDescr.toLowerCase();
  let best: { readonly mib: VendorMib; readonly rank: number } | undefined;
  for (const mib of mibs) {
    if (mib.sysDescr?.some((words) => about.includes(words)) === false) continue;
    for (const prefix of mib.sysObjectId) {
      const claims = sysObjectId === prefix || sysObjectId.startsWith(`${prefix}.`);
      const rank = prefix.length + (mib.sysDescr === undefined ? 0 : 0.5);
      if (claims && rank > (best?.rank ?? 0)) best = { mib, rank };
    }
  }
  return best?.mib;
}
