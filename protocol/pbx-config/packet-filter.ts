/** One rule of a packet filter, as far as it matters to somebody unknown who sends his first packet. */
export interface FilterRule {
  readonly protocol?: string;
  /** From and to, both in; none: any. */
  readonly ports?: readonly (readonly [number, number])[];
  /** None: any. */
  readonly sources?: readonly string[];
  /** All but `sources`. */
  readonly notSources?: true;
  /** A condition that such a packet does not meet (a known connection, the loopback interface), or that we cannot read. */
  readonly other?: true;
  readonly verdict: "accept" | "drop" | "return" | "jump" | "goto" | "none";
  /** Of jump and goto. */
  readonly to?: string;
}

export interface FilterChain {
  readonly name: string;
  /** What comes to this machine passes it. */
  readonly input: boolean;
  readonly policy: "accept" | "drop";
  readonly rules: readonly FilterRule[];
}

/** Whom the filter lets in at one port. */
export interface Door {
  readonly open: boolean;
  /** Not open, and these come in all the same. */
  readonly admitted: readonly string[];
}

const deepest = 16;

/** Whom the input chains let in at a port: a packet must pass them all. */
export function doorOf(chains: readonly FilterChain[], protocol: "udp" | "tcp", port: number): Door {
  const admitted: string[] = [];
  const inputs = chains.filter(({ input }) => input);
  const verdicts = inputs.map(
    (chain) => walk(chain, chains, { protocol, port, admitted }, 0) ?? chain.policy,
  );
  const open = verdicts.every((verdict) => verdict === "accept");
  return { open, admitted: open ? [] : [...new Set(admitted)] };
}

interface Asked {
  readonly protocol: string;
  readonly port: number;
  readonly admitted: string[];
}

/** What becomes of a stranger's packet in a chain; undefined: its end was reached. */
function walk(
  chain: FilterChain,
  chains: readonly FilterChain[],
  asked: Asked,
  depth: number,
): "accept" | "drop" | undefined {
  for (const rule of chain.rules) {
    if (!covers(rule, asked) || rule.other === true) continue;
    const { verdict, sources, to } = rule;
    if (sources !== undefined && rule.notSources === undefined) {
      if (verdict === "accept") asked.admitted.push(...sources);
      continue;
    }
    // Everybody but these is turned away: that admits these.
    if (sources !== undefined && verdict === "drop") asked.admitted.push(...sources);
    if (verdict === "accept" || verdict === "drop") return verdict;
    if (verdict === "return") return undefined;
    if (verdict === "none" || depth >= deepest) continue;
    const next = chains.find(({ name }) => name === to);
    const decided = next && walk(next, chains, asked, depth + 1);
    if (decided !== undefined || verdict === "goto") return decided;
  }
  return undefined;
}

function covers({ protocol, ports }: FilterRule, asked: Asked): boolean {
  if (protocol !== undefined && protocol !== asked.protocol) return false;
  return ports === undefined || ports.some(([from, to]) => from <= asked.port && asked.port <= to);
}
