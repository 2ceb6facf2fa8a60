import type { Finding } from "../../../protocol/finding.ts";
import type { Observation, ObservedValue } from "../../../protocol/observation.ts";
import type {
  NocAgent,
  NocPhone,
  NocSite,
  NocSources,
  NocTraceEntry,
  Reading,
  SeenObservation,
  SiteRef,
} from "../../../provisioning-server/noc/sources.ts";

const minute = 60_000;
const models = ["T46U", "T54W", "T31P"];
const people = ["Reception", "Workshop", "Meeting room 2", "Accounts", "Stores", "Goods in"];

/** An invented customer that a test can change while the page is open. */
export class SampleSources implements NocSources {
  readonly now: () => number;
  readonly findingsBySite = new Map<string, Finding[]>();
  readonly observationsBySite = new Map<string, SeenObservation[]>();
  readonly phonesBySite = new Map<string, NocPhone[]>();
  agentList: NocAgent[];

  constructor(now: () => number) {
    this.now = now;
    this.agentList = [
      agent("agent-0001", "harbour", "pi-harbour", now() - 20_000),
      agent("agent-0002", "mill", "nuc-mill", now() - 35_000),
      agent("agent-0003", "depot", "pi-depot", now() - 41 * minute),
    ];
    this.phonesBySite.set("harbour", phones(12, "805ec0a1", 201, now()));
    this.phonesBySite.set("mill", phones(5, "805ec0b2", 301, now()));
    this.phonesBySite.set("depot", phones(3, "805ec0c3", 401, now() - 38 * minute));
    this.look();
  }

  /** Everything is observed again, now. */
  look(): void {
    this.observationsBySite.set("harbour", [
      ...this.#switchObservations("sw1", "harbour", "agent-0001", 24),
      ...this.#voiceObservations("agent-0001"),
    ]);
    this.observationsBySite.set("mill", this.#switchObservations("sw1", "mill", "agent-0002", 8));
    const past = this.now() - 41 * minute;
    this.observationsBySite.set("depot", this.#switchObservations("sw1", "depot", "agent-0003", 8, past));
  }

  weakPower(): Finding {
    const at = this.now();
    const mac = "805ec0a10003";
    return finding({
      rule: "P3",
      cause: "weak-power",
      layer: "power",
      severity: "major",
      subject: "port:sw1/3",
      sentence: "Port 3 delivers 2.1 W where the T31P on it asks for 6.0 W: the phone restarts under load.",
      remedy:
        "Swap the patch cable, then measure the pairs; if it stays below 44 V, move the phone to another port.",
      because: [
        observation("port:sw1/3", "poe.watts", 2.1, at, "W", "1.3.6.1.4.1.9.9.402.1.2.1.7 = 2100"),
        observation("port:sw1/3", "lldp.poe.asked", 6, at, "W"),
        observation("port:sw1/3", "poe.state", "delivering", at),
        observation(`phone:${mac}`, "prov.boots", 9, at, "n"),
      ],
      affects: [`phone:${mac}`],
      consequences: ["R2 the phone is not registered", "V4 the phone boots every 6 minutes"],
      at,
    });
  }

  silentPbx(): Finding {
    const at = this.now();
    return finding({
      rule: "N2",
      cause: "host-silent",
      layer: "reach",
      severity: "critical",
      subject: "sip:pbx.mill.example:5060/udp",
      sentence:
        "pbx.mill.example answers no OPTIONS over UDP since 11 tries; its name and the way there are fine.",
      remedy:
        "Ask whoever runs the PBX whether it is up; from the site, try TCP and TLS with `offhook diag sip`.",
      because: [observation("sip:pbx.mill.example:5060/udp", "sip.retrans", 11, at, "n")],
      affects: (this.phonesBySite.get("mill") ?? []).map((phone) => `phone:${phone.mac}`),
      consequences: [],
      at,
    });
  }

  async sites(): Promise<NocSite[]> {
    return [
      { tenant: "default", id: "depot", name: "Depot North" },
      { tenant: "default", id: "harbour", name: "Harbour Office" },
      { tenant: "default", id: "mill", name: "Old Mill" },
      { tenant: "other", id: "secret", name: "Somebody else's" },
    ];
  }

  async phones({ site }: SiteRef): Promise<NocPhone[]> {
    return this.phonesBySite.get(site) ?? [];
  }

  async observations({ site }: SiteRef): Promise<SeenObservation[]> {
    return this.observationsBySite.get(site) ?? [];
  }

  async findings({ site }: SiteRef): Promise<Finding[]> {
    return (this.findingsBySite.get(site) ?? []).map((each) => ({ ...each, at: this.now() }));
  }

  async agents(): Promise<NocAgent[]> {
    return this.agentList;
  }

  async trace(_tenant: string, mac: string): Promise<NocTraceEntry[]> {
    const at = (ago: number): number => this.now() - ago * minute;
    const base = {
      via: "https",
      method: "GET",
      address: "192.0.2.17",
      userAgent: "Yealink SIP-T31P 124.86.0.118",
    };
    return [
      { ...base, id: "r4", at: at(2), path: `/${mac}.cfg`, outcome: "file", file: `${mac}.cfg`, bytes: 2314 },
      { ...base, id: "r3", at: at(2.1), path: "/y000000000124.cfg", outcome: "file", bytes: 811 },
      {
        ...base,
        id: "r2",
        at: at(2.2),
        path: `/${mac}.boot`,
        outcome: "no-such-file",
        normal: true,
        reason: "this family asks for it and lives without it",
      },
      {
        ...base,
        id: "r1",
        at: at(300),
        via: "tftp",
        method: "RRQ",
        path: `/${mac}.cfg`,
        outcome: "denied",
        reason: "a config holds secrets, and secrets do not go over TFTP at this site",
        remedy: "point the phone at the HTTPS address with its token",
      },
    ];
  }

  async readings(): Promise<Reading[]> {
    const line = (subject: string, key: string, value: (at: number) => number): Reading[] =>
      Array.from({ length: 72 }, (_, at) => ({
        subject,
        key,
        at: this.now() - (72 - at) * 5 * minute,
        value: Math.round(value(at) * 10) / 10,
      }));
    return [
      ...line("port:sw1/3", "poe.watts", (at) => (at > 60 ? 2.1 : 3.4) + Math.sin(at) * 0.3),
      ...line("sip:pbx.harbour.example:5060/udp", "sip.rtt", (at) => 14 + Math.sin(at / 3) * 4),
      ...line("rtp:mirror.harbour.example:5070", "rtp.mos", (at) => (at > 50 && at < 58 ? 3.1 : 4.3)),
      ...line("rtp:mirror.harbour.example:5070", "rtp.rev.loss", (at) => (at > 50 && at < 58 ? 4.2 : 0)),
    ];
  }

  #voiceObservations(who: string): SeenObservation[] {
    const at = this.now();
    const sip = "sip:pbx.harbour.example:5060/udp";
    const rtp = "rtp:mirror.harbour.example:5070";
    return [
      observation(sip, "sip.code", 200, at),
      observation(sip, "sip.rtt", 14.2, at, "ms"),
      observation(rtp, "rtp.mos", 4.3, at),
      observation(rtp, "rtp.rev.loss", 0, at, "%"),
      observation(rtp, "rtp.jitter.rev", 1.8, at, "ms"),
    ].map((each) => ({ observation: each, agent: who }));
  }

  #switchObservations(
    id: string,
    site: string,
    who: string,
    ports: number,
    at = this.now(),
  ): SeenObservation[] {
    const phonesHere = this.phonesBySite.get(site) ?? [];
    const seen = [
      observation(`switch:${id}`, "switch.name", `${site}-access-1`, at),
      observation(`switch:${id}`, "switch.about", "24-port Gigabit PoE+ switch", at),
      observation(`switch:${id}`, "poe.budget", 195, at, "W"),
      observation(`switch:${id}`, "poe.budget.used", 41.5, at, "W"),
    ];
    for (let port = 1; port <= ports; port += 1) {
      const subject = `port:${id}/${port}`;
      const phone = phonesHere[port - 1];
      const uplink = port === ports;
      seen.push(observation(subject, "link.up", phone !== undefined || uplink, at));
      seen.push(observation(subject, "poe.state", phone === undefined ? "searching" : "delivering", at));
      if (uplink) seen.push(observation(subject, "port.neighbour", `${site}-core`, at));
      if (phone === undefined) continue;
      seen.push(observation(subject, "link.speed", 1000, at, "Mbit/s"));
      seen.push(observation(subject, "poe.watts", port === 3 ? 2.1 : 2.8 + (port % 4) * 0.6, at, "W"));
      seen.push(observation(subject, "poe.class", 2, at));
      seen.push(observation(subject, "port.phone", phone.mac, at));
      seen.push(observation(subject, "port.phone.by", "lldp-med", at));
    }
    return seen.map((each) => ({ observation: each, agent: who }));
  }
}

export function observation(
  subject: string,
  key: string,
  value: ObservedValue,
  at: number,
  unit?: string,
  evidence?: string,
): Observation {
  const base: Observation = { probe: "poe-ports", subject, key, value, at, outcome: "ok" };
  return {
    ...base,
    ...(unit === undefined ? {} : { unit }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

export function finding(parts: Partial<Finding>): Finding {
  return {
    rule: "P3",
    cause: "weak-power",
    layer: "power",
    severity: "major",
    subject: "port:sw1/3",
    sentence: "a sentence",
    remedy: "a remedy",
    confidence: 0.9,
    because: [],
    affects: [],
    consequences: [],
    at: 0,
    ...parts,
  };
}

function agent(id: string, site: string, hostname: string, lastHeard: number): NocAgent {
  return { id, tenant: "default", site, hostname, version: "0.1.0", lastHeard, spoolReports: 0 };
}

function phones(count: number, prefix: string, extension: number, now: number): NocPhone[] {
  return Array.from({ length: count }, (_, at) => ({
    mac: `${prefix}${(at + 1).toString(16).padStart(4, "0")}`,
    vendor: "Yealink",
    model: models[at % models.length] ?? "T46U",
    label: people[at % people.length] ?? "Desk",
    state: "steady" as const,
    lines: [String(extension + at)],
    lastSeen: now - at * minute,
  }));
}
