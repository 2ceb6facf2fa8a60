import { printMacAddress, tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import { cdp } from "./columns.ts";
import type { Interface } from "./interfaces.ts";
import { phoneMakers, type Neighbour } from "./neighbour.ts";
import { macOf, type Tables } from "./tables.ts";

/** CDP: `SEP` and 12 hex digits is a phone of Cisco or of others that speak its tongue (Polycom). */
function cdpMac(deviceId: Uint8Array | undefined): MacAddress | undefined {
  if (deviceId?.length === 6) return macOf(deviceId);
  const text = Buffer.from(deviceId ?? []).toString("latin1");
  return tryParseMacAddress(/^(?:SEP|ATA)?([0-9a-f]{12})$/i.exec(text)?.[1] ?? "");
}

/** Four octets, the last one of use here; old HP sends a digit as text. */
function capabilitiesOf(bytes: Uint8Array | undefined): number {
  if (bytes?.length === 1 && (bytes[0] ?? 0) >= 0x30 && (bytes[0] ?? 0) <= 0x39)
    return (bytes[0] ?? 0) - 0x30;
  return bytes?.at(-1) ?? 0;
}

function cdpNeighbour(tables: Tables, index: string): Neighbour {
  const id = tables.bytes(cdp.deviceId, index);
  const mac = cdpMac(id);
  // Six plain octets are an address, not a name.
  const name =
    id?.length === 6 && mac !== undefined ? printMacAddress(mac) : tables.text(cdp.deviceId, index);
  const platform = tables.text(cdp.platform, index);
  const capabilities = capabilitiesOf(tables.bytes(cdp.capabilities, index));
  const phone =
    (capabilities & 0x80) !== 0 || /^SEP[0-9a-f]{12}$/i.test(name ?? "") || phoneMakers.test(platform ?? "");
  const asked = tables.number(cdp.asked, index);
  const vlan = tables.number(cdp.voiceVlan, index);
  const duplex = tables.number(cdp.duplex, index);
  return {
    ifIndex: Number(index.split(".")[0]),
    by: "cdp",
    phone,
    // router, bridges, switch
    bridge: (capabilities & 0x0f) !== 0 && !phone,
    mac,
    name,
    model: phone ? platform : undefined,
    firmware: phone ? tables.text(cdp.version, index) : undefined,
    asked: asked === undefined || asked === 0 ? undefined : asked / 1000,
    fed: phone && asked !== undefined && asked > 0 ? true : undefined,
    vlan: phone && vlan !== undefined && vlan > 0 && vlan < 4095 ? vlan : undefined,
    duplex: duplex === 2 ? "half" : duplex === 3 ? "full" : undefined,
  };
}

export function cdpNeighbours(tables: Tables, interfaces: ReadonlyMap<number, Interface>): Neighbour[] {
  const indexes = new Set([...tables.rows(cdp.deviceId).keys(), ...tables.rows(cdp.platform).keys()]);
  return [...indexes]
    .filter((index) => /^\d+\.\d+$/.test(index))
    .map((index) => cdpNeighbour(tables, index))
    .filter((neighbour) => interfaces.has(neighbour.ifIndex));
}
