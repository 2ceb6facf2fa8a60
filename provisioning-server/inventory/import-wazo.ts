import type { Flaw } from "./flaw.ts";
import type { PhoneRow } from "./phone-table.ts";

type Thing = Readonly<Record<string, unknown>>;

function isThing(value: unknown): value is Thing {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const own = (thing: Thing, name: string): unknown => (Object.hasOwn(thing, name) ? thing[name] : undefined);

function textOf(thing: Thing, ...names: readonly string[]): string {
  for (const name of names) {
    const value = own(thing, name);
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return "";
}

/** Where a line's settings stand in a config of wazo-provd, and what ours are called. */
const lineSettings: readonly (readonly [setting: string, ...names: string[]])[] = [
  ["user", "username"],
  ["authUser", "auth_username"],
  ["password", "password"],
  ["displayName", "display_name"],
  ["label", "number"],
  ["server.host", "registrar_ip", "proxy_ip"],
  ["server.port", "registrar_port", "proxy_port"],
  ["voicemail.number", "voicemail"],
];

function settingsOf(config: Thing | undefined): { path: string; text: string; column: string }[] {
  const raw = config === undefined ? undefined : own(config, "raw_config");
  const lines = isThing(raw) ? own(raw, "sip_lines") : undefined;
  if (!isThing(lines)) return [];
  return Object.entries(lines).flatMap(([index, line]) => {
    if (!/^[1-9]\d?$/.test(index) || !isThing(line)) return [];
    return lineSettings.flatMap(([setting, ...names]) => {
      const text = textOf(line, ...names);
      const column = `sip_lines.${index}.${names[0] ?? ""}`;
      return text === "" ? [] : [{ path: `line${index}.${setting}`, text, column }];
    });
  });
}

function listOf(value: unknown, ...names: readonly string[]): Thing[] | undefined {
  if (Array.isArray(value)) return value.filter((each) => isThing(each));
  if (!isThing(value)) return undefined;
  for (const name of names) {
    const list = own(value, name);
    if (Array.isArray(list)) return list.filter((each) => isThing(each));
  }
  return undefined;
}

/**
 * Devices of a Wazo: JSON of wazo-confd (`{"items": […]}`) or wazo-provd (`{"devices": […]}`), and beside them, in the
 * same object, provd's `configs`, in which the accounts stand. The line of a row counts the devices.
 */
export function decodeWazoDevices(text: string): {
  readonly rows: readonly PhoneRow[];
  readonly flaws: readonly Flaw[];
} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message.slice(0, 120) : "something else";
    return { rows: [], flaws: [{ place: "file", expected: "JSON", found }] };
  }
  const devices = listOf(value, "devices", "items");
  if (devices === undefined)
    return {
      rows: [],
      flaws: [{ place: "file", expected: "a list of devices (`devices` or `items`)", found: "other JSON" }],
    };
  const configs = new Map(
    (isThing(value) ? listOf(own(value, "configs")) : undefined)?.map((each) => [textOf(each, "id"), each]),
  );
  const rows = devices.map((device, index): PhoneRow => {
    const [vendor, model, label] = [
      textOf(device, "vendor"),
      textOf(device, "model"),
      textOf(device, "description"),
    ];
    return {
      lines: [index + 1],
      fields: new Map(),
      draft: {
        mac: textOf(device, "mac"),
        ...(vendor === "" ? {} : { vendor: vendor.toLowerCase() }),
        ...(model === "" ? {} : { model }),
        ...(label === "" ? {} : { label }),
        settings: settingsOf(configs.get(textOf(device, "config"))),
      },
    };
  });
  return { rows, flaws: [] };
}
