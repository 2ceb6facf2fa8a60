import { readIptablesRules } from "../../../protocol/pbx-config/iptables-rules.ts";
import { readNftRuleset } from "../../../protocol/pbx-config/nft-ruleset.ts";
import { doorOf, type FilterChain } from "../../../protocol/pbx-config/packet-filter.ts";
import { runTool } from "../../io/host/run-tool.ts";

/** Which packet filter this machine has, and whom it lets in where. */
export interface FirewallFacts {
  /** nftables, iptables, none, or why it cannot be read. */
  readonly kind: string;
  /** `udp 5060: open`, `tcp 5061: 198.51.100.0/24`, `udp 5060: closed`. */
  readonly doors: readonly string[];
  /** `udp 5060` */
  readonly open: readonly string[];
}

export interface SipPort {
  readonly protocol: "udp" | "tcp";
  readonly port: number;
}

/**
 * The host's own packet filter, for IPv4; changes nothing (iptables-save without a table loads no module). Rules of iptables
 * stand in nftables on newer systems, where nft cannot print all their conditions, or in the kernel's older tables beside it.
 */
export async function readFirewall(ports: readonly SipPort[], signal: AbortSignal): Promise<FirewallFacts> {
  const [nft, saved, legacy] = await Promise.all(
    [["nft", "-j", "list", "ruleset"], ["iptables-save"], ["iptables-legacy-save"]].map(
      ([tool = "", ...words]) => runTool(tool, words, { timeout: 5000, signal }),
    ),
  );
  signal.throwIfAborted();
  const tools = [nft, saved, legacy].filter((run) => run !== undefined);
  if (!tools.some(({ ok }) => ok)) {
    const isMissing = tools.every((run) => !run.ok && run.code === "ENOENT");
    const why = isMissing ? "neither nft nor iptables-save is here" : "it takes root or CAP_NET_ADMIN";
    return { kind: `not readable: ${why}`, doors: [], open: [] };
  }
  const ofNft = nft?.ok === true ? readNftRuleset(nft.out) : [];
  const [ofSaved, ofLegacy] = [saved, legacy].map((run) =>
    run?.ok === true ? readIptablesRules(run.out) : [],
  );
  const own = ofNft.filter(({ name }) => !isInUse(ofSaved) || !name.startsWith("ip filter "));
  const kinds = [
    ...(ofNft.some(({ input }) => input) ? ["nftables"] : []),
    ...(isInUse(ofLegacy) || (isInUse(ofSaved) && !ofNft.some(({ input }) => input)) ? ["iptables"] : []),
  ];
  return factsOf(kinds.join(" and ") || "none", [own, ofSaved ?? [], ofLegacy ?? []], ports);
}

/** A filter that lets everything in is none. */
function isInUse(chains: readonly FilterChain[] = []): boolean {
  return chains.some(({ input, policy, rules }) => input && (policy === "drop" || rules.length > 0));
}

/** A packet must pass every filter. */
function factsOf(
  kind: string,
  filters: readonly (readonly FilterChain[])[],
  ports: readonly SipPort[],
): FirewallFacts {
  const doors = ports.map(({ protocol, port }) => {
    const each = filters.map((chains) => doorOf(chains, protocol, port));
    const admitted = new Set(each.flatMap((door) => door.admitted));
    return { name: `${protocol} ${port}`, open: each.every(({ open }) => open), admitted: [...admitted] };
  });
  return {
    kind,
    doors: doors.map(({ name, open, admitted }) => {
      if (open) return `${name}: open`;
      return `${name}: ${admitted.length === 0 ? "closed" : admitted.join(", ")}`;
    }),
    open: doors.filter(({ open }) => open).map(({ name }) => name),
  };
}
