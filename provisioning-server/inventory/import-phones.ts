import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import { decodePhoneTable, type PhoneRow } from "./phone-table.ts";
import { planPhone, readMac, type PhonePlan } from "./plan-phone.ts";
import type { Flaw } from "./flaw.ts";

export interface ImportOptions {
  /** Plans everything and stores nothing. */
  readonly dryRun?: boolean;
  /** Stores the rows that are right although others are not; without it one bad row stops all. */
  readonly keepGoing?: boolean;
}

/** What became of one row. */
export interface ImportRow {
  readonly line: number;
  readonly mac: string;
  readonly result: "added" | "changed" | "unchanged" | "refused";
}

export interface ImportResult {
  /** Whether the rows stand in the store now (false: dry run, or refused as a whole). */
  readonly applied: boolean;
  readonly rows: readonly ImportRow[];
  readonly flaws: readonly Flaw[];
}

interface Planned {
  readonly row: PhoneRow;
  readonly mac: MacAddress | undefined;
  readonly plan: PhonePlan | undefined;
}

export interface ImportWorld {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly profiles: Profiles;
}

/** Parse, check, compare, apply: a table of phones in one transaction, with a result for each row. */
export async function importPhones(
  world: ImportWorld,
  text: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const table = decodePhoneTable(text);
  const { store, sealing, tenant } = world;
  return store.transaction(async (inside) => {
    const flaws = [...table.flaws];
    const planned = await planRows({ ...world, store: inside }, table.rows, flaws);
    const wanted = options.dryRun !== true && (flaws.length === 0 || options.keepGoing === true);
    const devices = new Devices(inside, sealing);
    if (wanted)
      for (const { plan } of planned)
        if (plan !== undefined && plan.change !== "unchanged") await devices.put(tenant, plan.device);
    return { applied: wanted, rows: planned.map((each) => resultOf(each)), flaws };
  });
}

function resultOf({ row, mac, plan }: Planned): ImportRow {
  return { line: row.line, mac: mac ?? row.draft.mac, result: plan?.change ?? "refused" };
}

async function planRows(world: ImportWorld, rows: readonly PhoneRow[], flaws: Flaw[]): Promise<Planned[]> {
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
    firstLine.set(mac.value, before ?? row.line);
    if (before !== undefined)
      tell({ place: "mac", expected: "each phone once", found: `${mac.value}, as on line ${before}` });
    if (foreign.has(mac.value))
      tell({
        place: "mac",
        expected: "a phone of this tenant",
        found: `${mac.value}, which another tenant has`,
      });
    const plan = planPhone(row.draft, mac.value, { profiles, sites, known: known.get(mac.value) });
    if (!plan.ok) tell(...plan.flaws);
    const good = plan.ok && before === undefined && !foreign.has(mac.value);
    return { row, mac: mac.value, plan: good ? plan.value : undefined };
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
  const column = flaw.column ?? flaw.place;
  return { ...flaw, place: `line ${row.line}, column ${column}`, line: row.line, column };
}
