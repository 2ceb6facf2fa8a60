import { printMacAddress, tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import { ifMib, lldp, lldpV2, mapping, type RemoteColumns } from "./columns.ts";
import { canonicalAddress } from "../../io/snmp/canonical-address.ts";
import type { Interface } from "./interfaces.ts";
import { mauOf } from "./mau.ts";
import { phoneMakers, phonePrefixes, type Neighbour } from "./neighbour.ts";
import { macOf, plainText, type Tables } from "./tables.ts";

interface Capabilities {
  readonly telephone: boolean;
  readonly bridge: boolean;
}

/** BITS as some tools print them, octets and then the numbers of the bits: `28 00 2 4`. Some agents send that. */
function printedBits(bytes: Uint8Array): readonly number[] | undefined {
  if (bytes.length < 2 || bytes.length > 200) return undefined;
  const match = /^([0-9A-F]{2}(?: [0-9A-F]{2})*)(?: \d{1,2})*\s*$/.exec(
    Buffer.from(bytes).toString("latin1"),
  );
  return match?.[1]?.split(" ").map((octet) => Number.parseInt(octet, 16));
}

/**
 * LLDP capabilities: BITS with 0x20 bridge, 0x08 router, 0x04 telephone in the first octet. EXOS hands on the two octets
 * of the wire instead, where 0x20 is telephone, 0x10 router, 0x04 bridge in the second.
 */
export function lldpCapabilities(bytes: Uint8Array | undefined): Capabilities {
  const [first = 0, second = 0] = (bytes && printedBits(bytes)) ?? bytes ?? [];
  if (first === 0 && second !== 0) {
    return { telephone: (second & 0x20) !== 0, bridge: (second & 0x14) !== 0 };
  }
  return { telephone: (first & 0x04) !== 0, bridge: (first & 0x28) !== 0 };
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^(ten|x)gigabit ?ethernet/, "te"],
  [/^gigabit ?ethernet/, "gi"],
  [/^fast ?ethernet/, "fa"],
  [/^ethernet/, "eth"],
];
/** A switch has the same few names in every table and at every look. */
const shortNames = new Map<string, string>();
const mostNames = 10_000;

/** Names of one interface differ between tables: `Gi1/0/7`, `GigabitEthernet1/0/7`. */
function shortName(name: string): string {
  const known = shortNames.get(name);
  if (known !== undefined) return known;
  const lower = name.trim().toLowerCase();
  const kind = kinds.find(([pattern]) => pattern.test(lower));
  const short = (kind === undefined ? lower : lower.replace(kind[0], kind[1])).replaceAll(" ", "");
  if (shortNames.size >= mostNames) shortNames.clear();
  shortNames.set(name, short);
  return short;
}

/** Which interface an LLDP local port number is: an ifIndex on most switches, a bridge port on some. */
export function lldpLocalPorts(
  tables: Tables,
  interfaces: ReadonlyMap<number, Interface>,
): (localPort: string) => number | undefined {
  const named = new Map<string, Set<number>>();
  const add = (key: string | undefined, ifIndex: number) => {
    if (key !== undefined) named.set(key, (named.get(key) ?? new Set()).add(ifIndex));
  };
  for (const each of interfaces.values()) {
    add(`name ${shortName(each.name)}`, each.ifIndex);
    if (each.descr !== undefined) add(`name ${shortName(each.descr)}`, each.ifIndex);
    const mac = macOf(tables.bytes(ifMib.mac, `${each.ifIndex}`));
    add(mac && `mac ${mac}`, each.ifIndex);
  }
  return (localPort) => {
    const found = new Set<number>();
    const mac = macOf(tables.bytes(lldp.localId, localPort));
    const isMac = tables.number(lldp.localSubtype, localPort) === 3 && mac !== undefined;
    const id = tables.text(lldp.localId, localPort);
    const texts = [isMac ? undefined : id, tables.text(lldp.localDescr, localPort)];
    const keys = [
      isMac ? `mac ${mac}` : undefined,
      ...texts.map((text) => text && `name ${shortName(text)}`),
    ];
    for (const key of keys) for (const ifIndex of named.get(key ?? "") ?? []) found.add(ifIndex);
    if (found.size === 1) return [...found][0];
    const isLocal = tables.number(lldp.localSubtype, localPort) === 7;
    if (isLocal && id !== undefined && interfaces.has(Number(id))) return Number(id);
    const bridge = tables.number(mapping.bridgePort, localPort);
    const sameNumber = interfaces.has(Number(localPort)) ? Number(localPort) : undefined;
    // The id matched several interfaces and the bridge map names another one: then nothing is sure.
    if (found.size > 1 && bridge !== undefined && sameNumber !== undefined && bridge !== sameNumber)
      return undefined;
    return sameNumber ?? (bridge !== undefined && interfaces.has(bridge) ? bridge : undefined);
  };
}

interface RemoteRow {
  readonly index: string;
  readonly timeMark: number;
  readonly localPort: string;
  readonly key: string;
}

/**
 * timeMark is a time filter: the same neighbour shows up under several, and the newest is the one that counts. `arcs` after
 * the local port are the neighbour's: one, and two in the second edition.
 */
function newestRows(indexes: Iterable<string>, arcs = 1): RemoteRow[] {
  const newest = new Map<string, RemoteRow>();
  for (const index of indexes) {
    const [timeMark, localPort, ...remote] = index.split(".");
    if (timeMark === undefined || localPort === undefined || remote.length !== arcs) continue;
    const row = { index, timeMark: Number(timeMark), localPort, key: `${localPort}.${remote.join(".")}` };
    if (row.timeMark >= (newest.get(row.key)?.timeMark ?? -1)) newest.set(row.key, row);
  }
  return [...newest.values()];
}

function lldpMac(
  tables: Tables,
  { index, columns }: Remote,
  serial: string | undefined,
): MacAddress | undefined {
  const isPortMac = tables.number(columns.portSubtype, index) === 3;
  const port = isPortMac ? macOf(tables.bytes(columns.portId, index)) : undefined;
  const isChassisMac = tables.number(columns.chassisSubtype, index) === 4;
  const chassis = isChassisMac ? macOf(tables.bytes(columns.chassisId, index)) : undefined;
  return port ?? chassis ?? (serial === undefined ? undefined : tryParseMacAddress(serial));
}

/** A network address as LLDP has it: its family, and its octets; or text. */
function addressOf(bytes: Uint8Array): string | undefined {
  const [family, ...octets] = bytes;
  if (family === 1 && octets.length === 4) return octets.join(".");
  if (family !== 2 || octets.length !== 16) return plainText(bytes);
  const groups = Array.from({ length: 8 }, (_, i) => (octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0));
  return canonicalAddress(groups.map((group) => group.toString(16)).join(":"));
}

/** What a neighbour without a name is called: by its chassis, as many a PC and printer says no more. */
function chassisName(tables: Tables, { index, columns }: Remote): string | undefined {
  const bytes = tables.bytes(columns.chassisId, index);
  if (bytes === undefined || bytes.every((octet) => octet === 0)) return undefined;
  const subtype = tables.number(columns.chassisSubtype, index);
  const mac = subtype === 4 ? macOf(bytes) : undefined;
  if (mac !== undefined) return printMacAddress(mac);
  return subtype === 5 ? addressOf(bytes) : plainText(bytes);
}

/** One row of one edition of the table. */
interface Remote {
  readonly index: string;
  readonly columns: RemoteColumns;
}

/** Extension tables keep time marks of their own on some agents: looked up by local port and remote index. */
function extensionIndexes(tables: Tables, columns: readonly string[]): ReadonlyMap<string, string> {
  const rows = newestRows(columns.flatMap((column) => [...tables.rows(column).keys()]));
  return new Map(rows.map((row) => [row.key, row.index]));
}

/** LLDP-MED application voice: a BITS index `2.64.0` or `1.64`, or a plain 1. */
export function isVoice(application: string): boolean {
  if (application === "1") return true;
  const [length, first] = application.split(".").map(Number);
  return (length === 1 || length === 2) && first === 0x40;
}

/** The policy for voice that a neighbour announces; its rows go on with the application. */
function voicePolicies(tables: Tables, column: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [index, value] of tables.rows(column)) {
    const [, localPort, remote, ...application] = index.split(".");
    if (typeof value === "number" && isVoice(application.join(".")))
      found.set(`${localPort}.${remote}`, value);
  }
  return found;
}

/** What stands beside the plain neighbour table. */
interface Extensions {
  readonly med: ReadonlyMap<string, string>;
  readonly dot3: ReadonlyMap<string, string>;
  readonly vlans: ReadonlyMap<string, number>;
  readonly dscps: ReadonlyMap<string, number>;
}

function extensionsOf(tables: Tables): Extensions {
  const { medClass, medModel, medAsked, dot3Mau, dot3PowerPort, dot3AutoNegotiation } = lldp;
  return {
    med: extensionIndexes(tables, [medClass, medModel, medAsked]),
    dot3: extensionIndexes(tables, [dot3Mau, dot3PowerPort, dot3AutoNegotiation]),
    vlans: voicePolicies(tables, lldp.medVlan),
    dscps: voicePolicies(tables, lldp.medDscp),
  };
}

/** A powered device that does not say that its power is its own (an adapter). */
function isFed(tables: Tables, med: string | undefined, dot3: string | undefined): boolean | undefined {
  const source = med === undefined ? undefined : tables.number(lldp.medPowerSource, med);
  if (source === 3) return false;
  const asked = med === undefined ? 0 : (tables.number(lldp.medAsked, med) ?? 0);
  const device = dot3 !== undefined && tables.number(lldp.dot3PowerPort, dot3) === 2;
  return asked > 0 || device ? true : undefined;
}

/** What tells a phone from other neighbours, surest first. */
interface PhoneSigns {
  readonly medClass: number | undefined;
  readonly inventory: string;
  readonly capabilities: Capabilities;
  /** It says which VLAN it talks in. */
  readonly talks: boolean;
  readonly mac: MacAddress | undefined;
}

/** Device class 3 is a phone, 4 a switch (TIA-1057 section 10.2.2.2). A switch announces voice policies, too. */
function isPhone({ medClass, inventory, capabilities, talks, mac }: PhoneSigns): boolean {
  if (medClass === 3 || phoneMakers.test(inventory) || capabilities.telephone) return true;
  if (medClass === 4 || capabilities.bridge) return false;
  return talks || (mac !== undefined && phonePrefixes.has(mac.slice(0, 6)));
}

function lldpNeighbour(
  tables: Tables,
  row: RemoteRow,
  columns: RemoteColumns,
  extensions: Extensions,
  ifIndex: number,
): Neighbour {
  const remote = { index: row.index, columns };
  const med = extensions.med.get(row.key);
  const dot3 = extensions.dot3.get(row.key);
  const medText = (column: string) => (med === undefined ? undefined : tables.text(column, med));
  const capabilities = lldpCapabilities(tables.bytes(columns.capabilities, row.index));
  const model = medText(lldp.medModel);
  const serial = medText(lldp.medSerial);
  const mac = lldpMac(tables, remote, serial);
  const vlan = extensions.vlans.get(row.key);
  const phone = isPhone({
    medClass: med === undefined ? undefined : tables.number(lldp.medClass, med),
    inventory: `${medText(lldp.medMaker) ?? ""} ${model ?? ""}`,
    capabilities,
    talks: vlan !== undefined,
    mac,
  });
  const name = tables.text(columns.sysName, row.index);
  const about = tables.text(columns.sysDescr, row.index);
  const asked = med === undefined ? undefined : tables.number(lldp.medAsked, med);
  return {
    ifIndex,
    by: med === undefined ? "lldp" : "lldp-med",
    phone,
    bridge: capabilities.bridge && !phone,
    mac,
    name: name ?? (phone ? undefined : chassisName(tables, remote)),
    model: model ?? (phone ? (about ?? name) : undefined),
    firmware:
      medText(lldp.medFirmware) ?? medText(lldp.medSoftware) ?? (model === undefined ? undefined : about),
    hardware: medText(lldp.medHardware),
    serial,
    asked: asked === undefined || asked === 0 ? undefined : asked / 10,
    fed: isFed(tables, med, dot3),
    vlan: vlan === undefined || vlan === 0 || vlan > 4094 ? undefined : vlan,
    dscp: extensions.dscps.get(row.key),
    duplex: dot3 === undefined ? undefined : mauOf(tables.number(lldp.dot3Mau, dot3))?.duplex,
  };
}

function rowsOf(tables: Tables, columns: RemoteColumns, arcs: number): RemoteRow[] {
  const { chassisSubtype, portId, sysName } = columns;
  return newestRows(
    [chassisSubtype, portId, sysName].flatMap((column) => [...tables.rows(column).keys()]),
    arcs,
  );
}

/** Neighbours by either edition of the MIB; the second one numbers its rows by interface, and has no LLDP-MED beside it. */
export function lldpNeighbours(tables: Tables, interfaces: ReadonlyMap<number, Interface>): Neighbour[] {
  const localPort = lldpLocalPorts(tables, interfaces);
  const extensions = extensionsOf(tables);
  const first = rowsOf(tables, lldp, 1).flatMap((row) => {
    const ifIndex = localPort(row.localPort);
    return ifIndex === undefined ? [] : [lldpNeighbour(tables, row, lldp, extensions, ifIndex)];
  });
  if (first.length > 0) return first;
  const none: Extensions = { med: new Map(), dot3: new Map(), vlans: new Map(), dscps: new Map() };
  return rowsOf(tables, lldpV2, 2)
    .filter((row) => interfaces.has(Number(row.localPort)))
    .map((row) => lldpNeighbour(tables, row, lldpV2, none, Number(row.localPort)));
}
