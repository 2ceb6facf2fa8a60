import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { Type } from "typebox";
import { decodeArp, encodeArp } from "../../protocol/arp/packet.ts";
import { printMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { defaultCard } from "../io/host/default-route.ts";
import type { AgentIo } from "../io/io.ts";
import type { Link } from "../io/udp/link-socket.ts";
import { showLines } from "./way/show-lines.ts";

const ArpSettings = Type.Object(
  {
    card: Type.Optional(
      Type.String({
        maxLength: 15,
        description: "network card to ask on; without it the one whose network holds the address",
      }),
    ),
    wait: Type.Number({ minimum: 0.3, maximum: 30, default: 2, description: "seconds to wait for answers" }),
  },
  { additionalProperties: false },
);
type ArpIo = Pick<AgentIo, "clock" | "openLink">;

/** Who uses this address? Two answers are one too many. */
export const arp: Probe<typeof ArpSettings, ArpIo> = {
  name: "arp",
  verb: "arp",
  about: "ask this network segment who uses an address (ARP), and whether two devices do; as root",
  target: "ADDRESS",
  example: "sudo offhook diag arp 10.1.2.30 --card eth0.96",
  settings: ArpSettings,
  async run(target, settings, io, signal) {
    const observe = observerOf("arp", `address:${target}`, io.clock.now());
    const lost = (outcome: Exclude<Observation["outcome"], "ok">, evidence: string) => [
      observe("arp.macs", null, { outcome, evidence }),
    ];
    if (!isIPv4(target)) return lost("unreachable", `${target} is no IPv4 address`);
    const card = settings.card ?? cardWith(target) ?? (await defaultCard());
    if (card === undefined) return lost("unreachable", "no card leads to this address: name one with --card");
    const opened = io.openLink(card, "arp");
    if (!opened.ok) return lost(opened.outcome, opened.why);
    using link = opened.link;
    const asked = await askWho(target, link, settings.wait * 1000, io, signal);
    if (!asked.ok) return lost("unreachable", `${card}: ${asked.why}`);
    // Nobody hears himself.
    const macs = [...new Set([...asked.macs, ...(isOwn(target) ? [link.mac] : [])])].toSorted();
    if (macs.length === 0) return lost("timeout", `nobody on ${card} answers for it`);
    return [observe("arp.macs", macs.map(printMacAddress), { evidence: `asked ${rounds} times on ${card}` })];
  },
  show: (observations) =>
    showLines(
      observations,
      [],
      [
        [
          "arp.macs",
          (macs, { value }) =>
            Array.isArray(value) && value.length > 1
              ? `used by ${value.length} devices at once: ${macs}`
              : `used by ${macs}`,
        ],
      ],
    ),
};

const rounds = 3;
const step = 20;

/** ARP probes, as a host sends them before it takes an address (RFC 5227 section 2.1.1): from no address at all. */
async function askWho(
  address: string,
  link: Link,
  wait: number,
  { clock }: ArpIo,
  signal: AbortSignal,
): Promise<{ ok: true; macs: ReadonlySet<MacAddress> } | { ok: false; why: string }> {
  const probe = encodeArp({
    operation: "request",
    senderMac: link.mac,
    senderAddress: "0.0.0.0",
    targetMac: "000000000000",
    targetAddress: address,
  });
  const macs = new Set<MacAddress>();
  const start = clock.mono();
  for (let sent = 0; clock.mono() - start < wait;) {
    if (sent < rounds && clock.mono() - start >= (sent * wait) / rounds) {
      const asked = link.broadcast(probe);
      if (!asked.ok) return asked;
      sent += 1;
    }
    await clock.sleep(step, signal);
    for (const packet of link.take()) {
      const read = decodeArp(packet);
      if (read.ok && read.value.senderAddress === address) macs.add(read.value.senderMac);
    }
  }
  return { ok: true, macs };
}

const isOwn = (address: string) =>
  Object.values(networkInterfaces()).some((all = []) => all.some((each) => each.address === address));

/** The card whose network this address is in. */
function cardWith(address: string): string | undefined {
  return Object.entries(networkInterfaces()).find(([, addresses = []]) =>
    addresses.some(({ cidr, family }) => family === "IPv4" && cidr !== null && holds(cidr, address)),
  )?.[0];
}

function holds(cidr: string, address: string): boolean {
  const [network = "", length = "32"] = cidr.split("/");
  const bits = (text: string) => text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(bits(network) / size) === Math.floor(bits(address) / size);
}
