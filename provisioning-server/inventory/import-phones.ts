import type { MacAddress } from "../../protocol/mac-address.ts";
import type { ChangeLog } from "../changes/change-log.ts";
import { type SettingChange, viewEntry } from "../changes/change-view.ts";
import { deviceChange } from "../changes/leaves.ts";
import type { Profiles } from "../profiles/profiles.ts";
import type { ChangeEntry } from "../store/change-sets.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import { decodePhoneTable, type PhoneRow, type PhoneTable, type TableDefaults } from "./phone-table.ts";
import { planPhone, readMac, type PhonePlan } from "./plan-phone.ts";
import type { Flaw } from "./flaw.ts";

export interface ImportOptions extends TableDefaults {
  /** Plans everything and stores nothing. */
  readonly dryRun?: boolean;
  /** Stores the rows that are right although others are not; without it one bad row stops all. */
  readonly keepGoing?: boolean;
}

/** What became of one row. */
export interface ImportRow {
  readonly line: number;
  readonly mac: string;
  readonly result: "added" | "changed" | "unchanged" | "refused" | "skipped";
  /** What becomes of each setting; secrets are dots. */
  readonly changes: readonly SettingChange[];
  /** Why it was skipped. */
  readonly why?: string;
}

export interface ImportResult extends Pick<PhoneTable, "preset" | "guessed" | "unused"> {
  /** Whether rows stand in the store now (false: dry run, or refused as a whole). */
  readonly applied: boolean;
  readonly rows: readonly ImportRow[];
  readonly flaws: readonly Flaw[];
}

interface Planned {
  readonly row: PhoneRow;
  readonly mac: MacAddress | undefined;
  readonly plan: PhonePlan | undefined;
  readonly entry?: ChangeEntry | undefined;
}

export interface ImportWorld {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly profiles: Profiles;
  /** Where the change is written down, all of it as one. */
  readonly log: ChangeLog;
}

/** Rows in one transaction: phones that boot wait no longer than for these. */
const atOnce = 500;

/** Parse, check, compare, apply: a table of phones, 500 rows a transaction, with a result for each row. */
export async function importPhones(
  world: ImportWorld,
  text: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const table = decodePhoneTable(text, options);
  const { preset, guessed, unused } = table;
  const flaws = [...table.flaws];
  const twice = repeated(table.rows);
  const first = await planRows(world, table.rows, flaws, twice);
  const wanted = options.dryRun !== true && (flaws.length === 0 || options.keepGoing === true);
  const rows = wanted ? await applyRows(world, first, flaws, twice) : first;
  const results = [
    ...rows.flatMap((each) => resultsOf(each)),
    ...table.skipped.map(
      ({ line, why }) => ({ line, mac: "", result: "skipped", changes: [], why }) as const,
    ),
  ];
  return {
    preset,
    guessed,
    unused,
    applied: wanted,
    rows: results.toSorted((a, b) => a.line - b.line),
    flaws,
  };
}

/** Each batch is planned once more inside of its transaction: others may have changed the phones meanwhile. */
async function applyRows(
  world: ImportWorld,
  planned: readonly Planned[],
  flaws: Flaw[],
  twice: ReadonlySet<PhoneRow>,
): Promise<Planned[]> {
  const rows = planned
    .filter(({ plan }) => plan !== undefined && plan.change !== "unchanged")
    .map(({ row }) => row);
  const applied = new Map<PhoneRow, Planned>();
  for (let start = 0; start < rows.length; start += atOnce) {
    const batch = rows.slice(start, start + atOnce);
    const since: Flaw[] = [];
    const again = await world.store.transaction(async (inside) => {
      since.length = 0;
      const now = await planRows({ ...world, store: inside }, batch, since, twice);
      const devices = new Devices(inside, world.sealing);
      for (const { plan } of now)
        if (plan !== undefined && plan.change !== "unchanged") await devices.put(world.tenant, plan.device);
      await world.log.record(
        inside,
        now.map(({ entry }) => entry),
      );
      return now;
    });
    flaws.push(...since);
    for (const each of again) applied.set(each.row, each);
  }
  return planned.map((each) => applied.get(each.row) ?? each);
}

function resultsOf({ row, mac, plan, entry }: Planned): ImportRow[] {
  const changes = entry === undefined ? [] : viewEntry(entry).settings;
  const result = plan?.change ?? "refused";
  return row.lines.map((line) => ({ line, mac: mac ?? row.draft.mac, result, changes }));
}

/** Rows whose phone an earlier row has: which of the two would hold is nobody's guess. */
function repeated(rows: readonly PhoneRow[]): Set<PhoneRow> {
  const seen = new Set<MacAddress>();
  return new Set(
    rows.filter(({ draft }) => {
      const mac = readMac(draft.mac);
      if (!mac.ok) return false;
      const again = seen.has(mac.value);
      seen.add(mac.value);
      return again;
    }),
  );
}

async function planRows(
  world: ImportWorld,
  rows: readonly PhoneRow[],
  flaws: Flaw[],
  twice: ReadonlySet<PhoneRow>,
): Promise<Planned[]> {
  const { store, sealing, tenant, profiles } = world;
  const devices = new Devices(store, sealing);
  const read = rows.map((row) => ({ row, mac: readMac(row.draft.mac) }));
  const macs = read.flatMap(({ mac }) => (mac.ok ? [mac.value] : []));
  const known = await devices.many(tenant, macs);
  const foreign = await foreignMacs(devices, tenant, macs, known);
  const sites = (await new Sites(store, sealing).list(tenant)).map((site) => site.id);
  const firstLine = new Map<MacAddress, number>();
  return read.map(({ row, mac }) => {
    const tell = (...found: readonly Flaw[]) => flaws.push(...found.map((each) => placed(row, each)));
    if (!mac.ok) {
      tell(...mac.flaws);
      return { row, mac: undefined, plan: undefined };
    }
    const before = firstLine.get(mac.value);
    firstLine.set(mac.value, before ?? row.lines[0] ?? 0);
    const isTwice = twice.has(row);
    if (isTwice)
      tell({ place: "mac", expected: "each phone once", found: `${mac.value}, as on line ${before}` });
    if (foreign.has(mac.value))
      tell({
        place: "mac",
        expected: "a phone of this tenant",
        found: `${mac.value}, which another tenant has`,
      });
    const stands = known.get(mac.value);
    const plan = planPhone(row.draft, mac.value, { profiles, sites, known: stands });
    if (!plan.ok) tell(...plan.flaws);
    if (!plan.ok || isTwice || foreign.has(mac.value)) return { row, mac: mac.value, plan: undefined };
    return { row, mac: mac.value, plan: plan.value, entry: deviceChange(stands, plan.value.device) };
  });
}

async function foreignMacs(
  devices: Devices,
  tenant: string,
  macs: readonly MacAddress[],
  ours: ReadonlyMap<MacAddress, unknown>,
): Promise<Set<MacAddress>> {
  const strange = macs.filter((mac) => !ours.has(mac));
  const foreign = new Set<MacAddress>();
  for (const mac of await devices.known(strange)) if ((await devices.owner(mac)) !== tenant) foreign.add(mac);
  return foreign;
}

/** The flaw with its place in the file: "line 3, column mac". */
function placed(row: PhoneRow, flaw: Flaw): Flaw {
  const column = flaw.column ?? row.fields.get(flaw.place) ?? flaw.place;
  const line = row.lines[0] ?? 0;
  return { ...flaw, place: `line ${line}, column ${column}`, line, column };
}
