import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../../protocol/observation.ts";

/** What a line on a switch's console says of one of its ports, in the dictionary's words. */
export interface ConsoleMessage {
  /** The port as the switch prints it. */
  readonly port: string;
  readonly key: ObservationKey;
  readonly value: ObservedValue;
}

interface Form {
  readonly pattern: RegExp;
  read(groups: Readonly<Record<string, string | undefined>>): readonly Omit<ConsoleMessage, "port">[];
}

const link = (up: boolean) => ({ key: "link.up", value: up }) as const;
const poe = (state: string) => [{ key: "poe.state", value: state }] as const;

/** Messages whose form is known; what a line says in another form is not guessed. */
const forms: readonly Form[] = [
  {
    // Cisco IOS
    pattern:
      /%LINK-\d-(?:UPDOWN|CHANGED): Interface (?<port>[\w./-]+), changed state to (?<state>up|down|administratively down)/,
    read: ({ state }) => [
      link(state === "up"),
      ...(state === "administratively down" ? [{ key: "link.admin", value: false } as const] : []),
    ],
  },
  {
    pattern:
      /%LINEPROTO-\d-UPDOWN: Line protocol on Interface (?<port>[\w./-]+), changed state to (?<state>up|down)/,
    read: ({ state }) => [link(state === "up")],
  },
  {
    pattern: /%ILPOWER-\d-POWER_GRANTED: Interface (?<port>[\w./-]+): Power granted/,
    read: () => poe("delivering"),
  },
  {
    pattern: /%ILPOWER-\d-(?:IEEE_)?DISCONNECT: Interface (?<port>[\w./-]+): PD removed/,
    read: () => poe("searching"),
  },
  {
    pattern: /%ILPOWER-\d-ILPOWER_POWER_DENY: Interface (?<port>[\w./-]+): inline power denied/,
    read: () => poe("denied"),
  },
  {
    pattern: /%ILPOWER-\d-CONTROLLER_PORT_ERR: Controller port error, Interface (?<port>[\w./-]+):/,
    read: () => poe("fault"),
  },
  {
    // HP ProCurve and ArubaOS-Switch
    pattern: /\bports: port (?<port>[\w/-]+) is now (?<state>on-line|off-line)/,
    read: ({ state }) => [link(state === "on-line")],
  },
  {
    // Junos
    pattern:
      /SNMP_TRAP_LINK_(?:UP|DOWN): ifIndex \d+, ifAdminStatus (?<admin>up|down)\(\d\), ifOperStatus (?<state>up|down)\(\d\), ifName (?<port>[\w./:-]+)/,
    read: ({ admin, state }) => [link(state === "up"), { key: "link.admin", value: admin === "up" }],
  },
];

/** Longer lines are no log message. */
const longest = 1000;

export function readConsoleLine(line: string): ConsoleMessage[] {
  if (line.length > longest) return [];
  for (const form of forms) {
    const groups = form.pattern.exec(line)?.groups;
    const port = groups?.port;
    if (groups === undefined || port === undefined) continue;
    return form.read(groups).map((message) => ({ port, ...message }));
  }
  return [];
}

const banner = /^(?:U-Boot (?:SPL )?\d|Booting Linux on|\[? *0\.0+\]? ?Linux version \d|Linux version \d)/;
/** One start prints several banners, one after the other, ms. */
const oneStart = 30_000;

/** Counts how often a device begins to boot: a phone with PoE trouble prints its banner again and again. */
export class BootCounter {
  #last = -Infinity;
  count = 0;

  /** @param at ms. */
  take(line: string, at: number): void {
    if (!banner.test(line)) return;
    const first = line.startsWith("U-Boot");
    if (first ? at - this.#last > 1000 : at - this.#last > oneStart) this.count += 1;
    this.#last = at;
  }
}
