import type { FilterChain, FilterRule } from "./packet-filter.ts";

/** The filter table of `iptables-save`. */
export function readIptablesRules(text: string): FilterChain[] {
  const chains = new Map<string, { policy: "accept" | "drop"; rules: FilterRule[] }>();
  let inFilter = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) inFilter = line.trim() === "*filter";
    if (!inFilter) continue;
    const chain = /^:(\S+) (\S+)/.exec(line);
    if (chain !== null)
      chains.set(chain[1] ?? "", { policy: chain[2] === "DROP" ? "drop" : "accept", rules: [] });
    const rule = /^-A (\S+) (.*)$/.exec(line);
    if (rule !== null) chains.get(rule[1] ?? "")?.rules.push(readRule(rule[2] ?? ""));
  }
  return [...chains].map(([name, { policy, rules }]) => ({ name, input: name === "INPUT", policy, rules }));
}

const verdicts: Readonly<Record<string, FilterRule["verdict"]>> = {
  ACCEPT: "accept",
  DROP: "drop",
  REJECT: "drop",
  RETURN: "return",
};

function readRule(words: string): FilterRule {
  const valueOf = (pattern: RegExp) => pattern.exec(` ${words} `)?.[1];
  const protocol = valueOf(/ -p (\w+) /);
  const ports = valueOf(/ --d(?:ports?|estination-ports?) ([\d:,]+) /);
  const source = / (! )?-s (\S+) /.exec(` ${words} `);
  const states = valueOf(/ --(?:ct)?state (\S+) /);
  const from = / (! )?-i (\S+) /.exec(` ${words} `);
  const target = valueOf(/ -[jg] (\S+) /) ?? "";
  const isLoopback = from !== null && (from[2] === "lo") !== (from[1] !== undefined);
  const isSet = / -m (?:set|recent|geoip|string|hashlimit|time) /.test(` ${words} `);
  const isOther = isLoopback || isSet || (states !== undefined && !states.includes("NEW"));
  const verdict = verdicts[target] ?? (/ -g /.test(` ${words}`) ? "goto" : target === "" ? "none" : "jump");
  return {
    ...(protocol === undefined || protocol === "all" ? {} : { protocol }),
    ...(ports === undefined ? {} : { ports: ports.split(",").map(rangeOf) }),
    ...(source === null ? {} : { sources: [source[2] ?? ""] }),
    ...(source?.[1] === undefined ? {} : { notSources: true as const }),
    ...(isOther ? { other: true as const } : {}),
    verdict,
    ...(verdict === "jump" || verdict === "goto" ? { to: target } : {}),
  };
}

function rangeOf(text: string): [number, number] {
  const [from = 0, to = from] = text.split(":").map(Number);
  return [from, to];
}
