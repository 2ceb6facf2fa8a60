import { randomBytes } from "node:crypto";
import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { DnsQuestions, isNobody, type DnsAnswers } from "../io/ask-dns.ts";
import type { AgentIo } from "../io/io.ts";
import { showLines } from "./way/show-lines.ts";

const address = (description: string) => Type.Optional(Type.String({ maxLength: 60, description }));
const DnsSettings = Type.Object(
  {
    resolver: address("resolver to ask, such as the one DHCP hands to phones; without it the system's"),
    compare: address("a second resolver, to see whether both say the same"),
    localAddress: address("our address to ask from, such as the one in the voice VLAN"),
  },
  { additionalProperties: false },
);
type DnsSettings = Static<typeof DnsSettings>;
type DnsIo = Pick<AgentIo, "clock" | "say">;

/** What phones learn of a SIP domain: addresses, SRV and NAPTR, targets that lead nowhere, answers for names that are none. */
export const dns: Probe<typeof DnsSettings, DnsIo> = {
  name: "dns",
  verb: "dns",
  about:
    "what a resolver says of a SIP domain: A, AAAA, SRV, NAPTR, dead targets, faked names, against another resolver",
  target: "DOMAIN",
  example: "offhook diag dns pbx.example --resolver 192.0.2.53 --compare 198.51.100.53",
  settings: DnsSettings,
  async run(target, settings, io, signal) {
    const observe = observerOf("dns", `name:${target}`, io.clock.now());
    try {
      return await look(target, settings, observe, io, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Node refuses a resolver that is no address.
      return [observe("dns.a", null, { outcome: "unreachable", evidence: (error as Error).message })];
    }
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["dns.a", "addresses"],
        ["dns.srv", "SRV"],
        ["dns.naptr", "NAPTR"],
        ["dns.dead", "leads nowhere"],
        ["dns.hijack", "faked names"],
        ["dns.differs", "the other says"],
        ["dns.rtt", "slowest answer"],
      ],
      [
        ["dns.error", (code) => `does not resolve: ${code}`],
        ["dns.srv", (lines) => (lines === "none" ? "resolves, without SRV" : "resolves, with SRV")],
      ],
    ),
};

async function look(
  domain: string,
  settings: DnsSettings,
  observe: Observe,
  io: DnsIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { resolver, compare, localAddress } = settings;
  const mono = () => io.clock.mono();
  const questions = new DnsQuestions({ resolver, localAddress }, mono, signal);
  const answers = await questions.ask(domain);
  if (isNobody(answers.error ?? "")) return [observeNobody(answers.error, resolver, observe)];
  // `invalid` has no names (RFC 6761 6.4): whoever gives one an address fakes it.
  const faked = await questions.ask(`offhook-${randomBytes(6).toString("hex")}.invalid`);
  const other =
    compare === undefined
      ? undefined
      : await new DnsQuestions({ resolver: compare, localAddress }, mono, signal).ask(domain);
  const otherSilent = other !== undefined && isNobody(other.error ?? "");
  return [
    ...(answers.error === undefined ? [] : [observe("dns.error", answers.error)]),
    observe("dns.a", [...answers.addresses]),
    observe("dns.srv", srvLines(answers)),
    observe("dns.naptr", [...answers.naptr]),
    observe("dns.dead", [...answers.dead]),
    observe("dns.hijack", [...faked.addresses]),
    observe("dns.rtt", Number(answers.slowest.toFixed(1))),
    ...(other === undefined || otherSilent ? [] : [observe("dns.differs", differences(answers, other))]),
    ...(otherSilent
      ? [observe("dns.differs", null, { outcome: "timeout", evidence: `${compare} does not answer` })]
      : []),
  ];
}

/** No answer says nothing of the name: what is missing is the resolver. */
function observeNobody(
  code: string | undefined,
  resolver: string | undefined,
  observe: Observe,
): Observation {
  const who = resolver ?? "the resolver of this system";
  return code === "ECONNREFUSED"
    ? observe("dns.a", null, { outcome: "refused", evidence: `nothing listens for DNS at ${who}` })
    : observe("dns.a", null, { outcome: "timeout", evidence: `${who} does not answer` });
}

function srvLines({ srv }: DnsAnswers): string[] {
  return srv.map(
    ({ service, priority, weight, port, target }) =>
      `${service} ${priority} ${weight} ${port} ${target === "" ? "." : target}`,
  );
}

/** What the other resolver says more, and what less. */
function differences(one: DnsAnswers, other: DnsAnswers): string[] {
  const lines = (answers: DnsAnswers) => [
    ...answers.addresses,
    ...srvLines(answers).toSorted(),
    ...answers.naptr,
  ];
  const [a, b] = [lines(one), lines(other)];
  return [
    ...b.filter((line) => !a.includes(line)).map((line) => `also ${line}`),
    ...a.filter((line) => !b.includes(line)).map((line) => `not ${line}`),
  ];
}
