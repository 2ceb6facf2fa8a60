import { hostname } from "node:os";
import { Type, type Static } from "typebox";
import { tryParseMacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { defaultCard } from "../io/host/default-route.ts";
import type { AgentIo } from "../io/io.ts";
import { discover } from "./dhcp/discover.ts";
import { observeOffers } from "./dhcp/observe-offers.ts";
import { showLines } from "./way/show-lines.ts";

const DhcpSettings = Type.Object(
  {
    vendorClass: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          "option 60 as the phone sends it, such as `yealink`: servers choose by it what they tell",
      }),
    ),
    mac: Type.Optional(
      Type.String({
        maxLength: 20,
        description: "ask for this phone; without it for the card's own address",
      }),
    ),
    expectUrl: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:https?|tftp)://.+$",
        description: "where phones should be sent for their config, as `offhook dhcp` has it",
      }),
    ),
    expectOption: Type.Optional(
      Type.String({
        pattern: "^[0-9]{1,3}(?:\\.[0-9]+){0,2}$",
        description:
          "option that must say so, such as `160` or `43.66`; without it 66, else any that is told",
      }),
    ),
    expectServers: Type.Optional(
      Type.Array(Type.String({ maxLength: 45 }), {
        maxItems: 20,
        description: "DHCP servers that may answer here; any other is foreign",
      }),
    ),
    id: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._:/-]{1,60}$",
        description: "name of the network in findings, such as `voice`; this host and its card when absent",
      }),
    ),
    wait: Type.Number({
      minimum: 1,
      maximum: 30,
      default: 5,
      description: "seconds to wait for offers; some servers first try whether the address is free",
    }),
  },
  { additionalProperties: false },
);
type DhcpSettings = Static<typeof DhcpSettings>;
type DhcpIo = Pick<AgentIo, "clock" | "openLink" | "say">;

/** Who answers a phone that asks for an address, and what is it told? */
export const dhcp: Probe<typeof DhcpSettings, DhcpIo> = {
  name: "dhcp",
  verb: "dhcp",
  about:
    "ask for an address as a desk phone does, and show who answers with what: address, config server, voice VLAN, time; takes no lease; as root",
  target: "[CARD]",
  example: "sudo offhook diag dhcp eth0.96 --vendor-class yealink --expect-url https://phones.example:8443",
  settings: DhcpSettings,
  async run(target, settings, io, signal) {
    const card = target === "" ? await defaultCard() : target;
    const name = settings.id ?? `${hostname()}/${card ?? "none"}`;
    const observe = observerOf("dhcp", `network:${name}`, io.clock.now());
    if (card === undefined)
      return [lost(observe, "unreachable", "no card has a default route: name one, such as eth0")];
    return ask(card, settings, observe, io, signal);
  },
  show: (observations) =>
    showLines(
      // What a server does not tell is no row.
      observations.filter(({ value }) => !Array.isArray(value) || value.length > 0),
      [
        ["dhcp.foreign", "of those, foreign"],
        ["dhcp.differs", "they differ"],
        ["dhcp.offered", "address"],
        ["dhcp.lease", "for"],
        ["dhcp.router", "router (3)"],
        ["dhcp.dns", "DNS (6)"],
        ["dhcp.ntp", "time (42)"],
        ["dhcp.voiceVlan", "voice VLAN"],
        ["dhcp.config", "config server"],
        ["dhcp.expected", "  expected"],
        ["dhcp.leads", "  leads there"],
        ["dhcp.sip", "SIP servers (120)"],
      ],
      [["dhcp.servers", (_, { value }) => serversWords(value)]],
    ),
};

function serversWords(servers: Observation["value"]): string {
  if (!Array.isArray(servers)) return "";
  return servers.length === 1
    ? `${servers[0] ?? ""} answers phones here`
    : `${servers.length} servers answer phones here: ${servers.join(", ")}`;
}

const lost = (
  observe: Observe,
  outcome: Exclude<Observation["outcome"], "ok">,
  evidence: string,
): Observation => observe("dhcp.servers", null, { outcome, evidence });

async function ask(
  card: string,
  settings: DhcpSettings,
  observe: Observe,
  io: DhcpIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const asked = settings.mac === undefined ? undefined : tryParseMacAddress(settings.mac);
  if (settings.mac !== undefined && asked === undefined)
    return [lost(observe, "unreachable", `${settings.mac} is no MAC address`)];
  const opened = io.openLink(card, "ip");
  if (!opened.ok) return [lost(observe, opened.outcome, opened.why)];
  using link = opened.link;
  const { vendorClass, wait } = settings;
  io.say(`asking for an address on ${card}, ${wait} s`);
  const found = await discover(link, { mac: asked ?? link.mac, vendorClass, wait: wait * 1000 }, io, signal);
  if (!found.ok) return [lost(observe, "unreachable", `${card}: ${found.why}`)];
  if (found.offers.length === 0)
    return [lost(observe, "timeout", `asked ${found.sent} times on ${card}, no offer within ${wait} s`)];
  return observeOffers(found.offers, settings, observe);
}
