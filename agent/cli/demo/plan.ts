import type { SiteConfig } from "../../../protocol/site-config.ts";

/** One phone of the simulated site. */
export interface PlannedPhone {
  readonly vendor: "yealink" | "linphone";
  readonly model: string;
  readonly mac: string;
  readonly firmware: string;
  readonly label: string;
  readonly extension: string;
  readonly password: string;
  /** Where it is plugged in. */
  readonly port: string;
  /** How it asks the first time it boots. */
  readonly via: "tftp" | "https";
  readonly watts: number;
}

/** Addresses at which the simulated site listens; all on loopback. */
export interface SiteAddresses {
  readonly switchPort: number;
  readonly pbxPort: number;
  readonly mirrorPort: number;
  readonly meterPath: string;
}

/** What the simulated site is told first. */
export interface SitePlan {
  readonly phones: readonly PlannedPhone[];
  /** Ports to listen on; 0 is any free one. */
  readonly ports: { readonly switch: number; readonly pbx: number; readonly mirror: number };
  readonly portCount: number;
  /** From power to link and LLDP, for a phone that was restarted, ms. */
  readonly bootTime: number;
  /** SNMP community by which the switch may be written: for the restart button. */
  readonly writeCommunity: string;
  readonly faultyPort: string;
  /** What the meter shows on the pairs of the faulty port, V. */
  readonly volts: number;
}

/** The word to boot, once the server knows the phones. */
export interface BootOrder {
  readonly httpsUrl: string;
  readonly tftpUrl: string;
  readonly ca: string;
}

export const demoSite = "demo";
export const demoSwitch = "sw1";
export const faultyPort = "Gi1/0/7";
const firmwares: Readonly<Record<string, string>> = {
  T31P: "124.86.0.75",
  T46U: "108.86.0.90",
  T54W: "96.86.0.45",
  Linphonec: "5.1.65",
};
const watts: Readonly<Record<string, number>> = { T31P: 2.3, T46U: 4.1, T54W: 4.6, Linphonec: 3.2 };
const models = ["T46U", "T31P", "T54W", "Linphonec"] as const;
const rooms = [
  "Reception",
  "Kitchen",
  "Workshop",
  "Sales 1",
  "Sales 2",
  "Library",
  "Meeting room",
  "Lab",
  "Archive",
  "Office 1",
  "Office 2",
  "Caretaker",
];

function phone(label: string, number: number): PlannedPhone {
  const model = models[number % models.length] ?? "T46U";
  const vendor = model === "Linphonec" ? "linphone" : "yealink";
  const hex = (number + 1).toString(16).padStart(2, "0");
  return {
    vendor,
    model,
    // Yealink's and a locally administered prefix; no phone on earth has these numbers.
    mac: vendor === "yealink" ? `805ec0d3a0${hex}` : `0200c0d3a0${hex}`,
    firmware: firmwares[model] ?? "",
    label,
    extension: String(101 + number),
    password: `demo-${101 + number}-only`,
    port: `Gi1/0/${number + 1}`,
    // Linphone knows no TFTP; a third of the others still does its first boot that way.
    via: vendor === "yealink" && number % 3 === 1 ? "tftp" : "https",
    watts: watts[model] ?? 3,
  };
}

/** Twelve phones of two vendors, one each on the first twelve ports of a 24-port switch. */
export const demoPhones: readonly PlannedPhone[] = rooms.map(phone);

/**
 * What the demo's agent watches: everything, every few seconds, so that a person sees it live. `writeFrom` is where the
 * switch's write community is kept.
 */
export function demoSiteConfig(
  addresses: SiteAddresses,
  fetch: { readonly url: string; readonly ca: string },
  writeFrom: string,
): SiteConfig {
  const plan = (
    id: string,
    probe: string,
    target: string,
    every: number,
    settings: Record<string, unknown>,
  ) => ({
    id,
    probe,
    target,
    schedule: `*/${every} * * * * *`,
    settings,
  });
  return {
    version: 1,
    site: demoSite,
    name: "Demo site",
    probes: [
      plan("switch", "poe-ports", `127.0.0.1:${addresses.switchPort}`, 5, {
        id: demoSwitch,
        timeout: 2,
        writeFrom,
      }),
      plan("meter", "meter", addresses.meterPath, 5, {
        id: "bench",
        place: `port:${demoSwitch}/${faultyPort}`,
        end: "switch",
      }),
      plan("pbx", "sip-options", `127.0.0.1:${addresses.pbxPort}`, 5, {}),
      plan("mirror", "rtp-loopback", `127.0.0.1:${addresses.mirrorPort}`, 20, { seconds: 2 }),
      plan("config", "provisioning", fetch.url, 20, {
        ca: fetch.ca,
        userAgent: "Yealink SIP-T46U 108.86.0.90",
      }),
      plan("host", "host", "", 20, { files: [] }),
    ],
    thresholds: {
      // The whole site runs on this machine beside the agent: its load is no sign of an overloaded agent.
      "agent.cpu.percent": 1000,
      "agent.loopDelay.ms": 5000,
      "rtp.jitter.ms": 200,
      "meter.maxAge": 60,
    },
    sealEvery: 5,
  };
}
