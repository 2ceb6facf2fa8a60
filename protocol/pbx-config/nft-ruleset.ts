import type { FilterChain, FilterRule } from "./packet-filter.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The chains for IPv4 of `nft -j list ruleset` (libnftables-json(5)); none where the text is something else. */
export function readNftRuleset(text: string): FilterChain[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const { nftables } = objectOf(parsed);
  const parts = Array.isArray(nftables) ? nftables.filter(isObject) : [];
  const keyOf = ({ family, table }: Json) => `${textOf(family)} ${textOf(table)}`;
  const rules = parts.flatMap(({ rule }) => (isObject(rule) ? [rule] : []));
  return parts.flatMap(({ chain }) => {
    if (!isObject(chain) || !["ip", "inet"].includes(textOf(chain.family))) return [];
    const [key, name] = [keyOf(chain), textOf(chain.name)];
    const own = rules.filter((rule) => keyOf(rule) === key && rule.chain === name);
    return [
      {
        name: `${key} ${name}`,
        input: chain.hook === "input" && chain.type === "filter",
        policy: chain.policy === "drop" ? ("drop" as const) : ("accept" as const),
        rules: own.map((rule) => readRule(rule.expr, key)),
      },
    ];
  });
}

type Partial = { -readonly [name in keyof FilterRule]?: FilterRule[name] };

function readRule(expr: unknown, key: string): FilterRule {
  const rule: Partial = {};
  let limited = false;
  for (const each of Array.isArray(expr) ? expr.filter(isObject) : []) {
    if (isObject(each.match)) readMatch(each.match, rule);
    if ("limit" in each) limited = true;
    // A verdict map decides by what we do not follow.
    if ("vmap" in each || "xt" in each) rule.other = true;
    if ("accept" in each) rule.verdict = "accept";
    if ("drop" in each || "reject" in each) rule.verdict = "drop";
    if ("return" in each) rule.verdict = "return";
    for (const word of ["jump", "goto"] as const)
      if (word in each) {
        rule.verdict = word;
        rule.to = `${key} ${textOf(objectOf(each[word]).target)}`;
      }
  }
  if (limited && rule.verdict === "drop") rule.other = true;
  return { ...rule, verdict: rule.verdict ?? "none" };
}

function readMatch({ left, op, right }: Json, rule: Partial): void {
  const { payload, meta, ct } = objectOf(left);
  const { field, protocol } = objectOf(payload);
  const negated = op === "!=";
  if (field === "dport" && !negated && portsOf(right) !== undefined) {
    rule.ports = portsOf(right) ?? [];
    if (protocol === "udp" || protocol === "tcp") rule.protocol = protocol;
  } else if (field === "saddr" && protocol === "ip") {
    rule.sources = sourcesOf(right);
    if (negated) rule.notSources = true;
  } else if (field === "protocol" || objectOf(meta).key === "l4proto") {
    if (!negated && typeof right === "string") rule.protocol = right;
    else if (![right, objectOf(right).set].flat().includes("udp")) rule.other = true;
  } else if (objectOf(ct).key === "state") {
    if (![right, objectOf(right).set].flat().includes("new") || negated) rule.other = true;
  } else if (objectOf(meta).key === "iifname" || objectOf(meta).key === "iif") {
    if ((right === "lo") !== negated) rule.other = true;
  } else if (objectOf(meta).key !== "nfproto") rule.other = true;
}

function portsOf(right: unknown): [number, number][] | undefined {
  const values = isObject(right) && Array.isArray(right.set) ? right.set : [right];
  const ports = values.map((value): [number, number] | undefined => {
    if (typeof value === "number") return [value, value];
    const { range } = objectOf(value);
    const [from, to] = Array.isArray(range) ? range : [];
    return typeof from === "number" && typeof to === "number" ? [from, to] : undefined;
  });
  const known = ports.filter((each) => each !== undefined);
  return known.length === ports.length ? known : undefined;
}

function sourcesOf(right: unknown): string[] {
  const values = isObject(right) && Array.isArray(right.set) ? right.set : [right];
  return values.slice(0, 200).map((value) => {
    if (typeof value === "string") return value;
    const { prefix, range } = objectOf(value);
    const { addr, len } = objectOf(prefix);
    if (typeof addr === "string") return `${addr}/${Number(len)}`;
    return Array.isArray(range) ? range.map(String).join("-") : "a set";
  });
}
