import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
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

function cdpNeighbour(tables: Tables, index: string): Neighbour {
  const id = tables.bytes(cdp.deviceId, index);
  const name = tables.text(cdp.deviceId, index);
  const platform = tables.text(cdp.platform, index);
  const capabilities = tables.bytes(cdp.capabilities, index)?.at(-1) ?? 0;
  const phone =
    (capabilities & 0x80) !== 0 || /^SEP[0-9a-f]{12}$/i.test(name ?? "") || phoneMakers.test(platform ?? "");
  const asked = tables.number(cdp.asked, index);
  return {
    ifIndex: Number(index.split(".")[0]),
    by: "cdp",
    phone,
    // router, bridges, switch
    bridge: (capabilities & 0x0f) !== 0 && !phone,
    mac: cdpMac(id),
    name,
    model: phone ? platform : undefined,
    firmware: phone ? tables.text(cdp.version, index) : undefined,
    asked: asked === undefined || asked === 0 ? undefined : asked / 1000,
  };
}

export function cdpNeighbours(tables: Tables, interfaces: ReadonlyMap<number, Interface>): Neighbour[] {
  const indexes = new Set([...tables.rows(cdp.deviceId).keys(), ...tables.rows(cdp.platform).keys()]);
  return [...indexes]
    .filter((index) => /^\d+\.\d+$/.test(index))
    .map((index) => cdpNeighbour(tables, index))
    .filter((neighbour) => interfaces.has(neighbour.ifIndex));
}
