import { readIptablesRules } from "../../../protocol/pbx-config/iptables-rules.ts";
import { readNftRuleset } from "../../../protocol/pbx-config/nft-ruleset.ts";
import { doorOf, type FilterChain } from "../../../protocol/pbx-config/packet-filter.ts";
import { runTool } from "../../io/run-tool.ts";

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

/** The host's own packet filter, for IPv4; changes nothing. */
export async function readFirewall(ports: readonly SipPort[], signal: AbortSignal): Promise<FirewallFacts> {
  const nft = await runTool("nft", ["-j", "list", "ruleset"], { timeout: 5000, signal });
  signal.throwIfAborted();
  const chains = nft.ok ? readNftRuleset(nft.out) : [];
  if (chains.some(({ input }) => input)) return factsOf("nftables", chains, ports);
  // The older kind of iptables keeps rules that nft does not show.
  const old = await runTool("iptables-save", ["-t", "filter"], { timeout: 5000, signal });
  signal.throwIfAborted();
  const filters = old.ok ? readIptablesRules(old.out) : [];
  const inUse = filters.some(({ input, policy, rules }) => input && (policy === "drop" || rules.length > 0));
  if (inUse) return factsOf("iptables", filters, ports);
  if (nft.ok || old.ok) return factsOf("none", [], ports);
  const isMissing = nft.code === "ENOENT" && old.code === "ENOENT";
  const why = isMissing ? "neither nft nor iptables-save is here" : "it takes root or CAP_NET_ADMIN";
  return { kind: `not readable: ${why}`, doors: [], open: [] };
}

function factsOf(kind: string, chains: readonly FilterChain[], ports: readonly SipPort[]): FirewallFacts {
  const doors = ports.map(({ protocol, port }) => ({
    name: `${protocol} ${port}`,
    ...doorOf(chains, protocol, port),
  }));
  return {
    kind,
    doors: doors.map(({ name, open, admitted }) => {
      if (open) return `${name}: open`;
      return `${name}: ${admitted.length === 0 ? "closed" : admitted.join(", ")}`;
    }),
    open: doors.filter(({ open }) => open).map(({ name }) => name),
  };
}
