import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { SerialPort } from "serialport";

/** A serial port of this machine. */
export interface SerialPortFound {
  readonly path: string;
  /** The name that stays after a replug, where there is one. */
  readonly stable?: string;
  readonly about?: string;
  /** On a USB cable; ports of the board are listed also where they have no UART. */
  readonly usb: boolean;
}

export interface SerialPorts {
  readonly ports: readonly SerialPortFound[];
  /** Cables of multimeters that are no serial port, by name. */
  readonly hidCables: readonly string[];
}

/** Cables that speak HID: serialport never sees them. */
const hidCables: Readonly<Record<string, string>> = {
  "04fa:2490": "Hoitek HE2325U (UT-D04)",
  "1a86:e008": "WCH CH9325 (UT-D04)",
  "1a86:e429": "WCH CH9329 (UT-D09)",
  "10c4:ea80": "SiLabs CP2110",
  "0820:0001": "Brymen BU-86X",
};

const byId = "/dev/serial/by-id";

/** Names of ports by their stable names; works without udevadm. */
async function stableNames(folder: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const entries = await readdir(folder).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry);
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined) names.set(real, path);
  }
  return names;
}

/** HID cables on the USB, as Linux tells. */
async function findHidCables(folder: string): Promise<string[]> {
  const read = (path: string) => readFile(path, "utf8").then((text) => text.trim().toLowerCase());
  const found: string[] = [];
  for (const device of await readdir(folder).catch(() => [])) {
    const id = await Promise.all([
      read(join(folder, device, "idVendor")),
      read(join(folder, device, "idProduct")),
    ]).catch(() => undefined);
    const name = id === undefined ? undefined : hidCables[id.join(":")];
    if (name !== undefined) found.push(name);
  }
  return found;
}

/** Slim images have no udevadm; a failed one gives an empty list. Neither means that there is no port. */
async function listed(): Promise<SerialPortFound[]> {
  try {
    const ports = await SerialPort.list();
    return ports.map((port) => ({
      path: port.path,
      usb: port.vendorId !== undefined,
      ...(port.manufacturer === undefined ? {} : { about: port.manufacturer }),
    }));
  } catch {
    return [];
  }
}

/** The serial ports of this machine, those on USB first, and the cables that are none. */
export async function listSerialPorts(
  options: { readonly byId?: string; readonly usb?: string } = {},
): Promise<SerialPorts> {
  const [ports, names, cables] = await Promise.all([
    listed(),
    stableNames(options.byId ?? byId),
    findHidCables(options.usb ?? "/sys/bus/usb/devices"),
  ]);
  const known = ports.map((port) => {
    const stable = names.get(port.path);
    return stable === undefined ? port : { ...port, stable, usb: true };
  });
  const unlisted = [...names].filter(([path]) => !ports.some((port) => port.path === path));
  const all = [...known, ...unlisted.map(([path, stable]) => ({ path, stable, usb: true }))];
  return { ports: all.toSorted((a, b) => Number(b.usb) - Number(a.usb)), hidCables: cables };
}
