import { dhcpOption } from "../../../protocol/dhcp/options.ts";
import { addressesIn, numberIn, prefixLengthIn, textIn } from "../../../protocol/dhcp/option-values.ts";
import {
  configPlaces,
  leadsTo,
  sipServers,
  voiceVlans,
  type ToldOption,
} from "../../../protocol/dhcp/phone-options.ts";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { Offer } from "./discover.ts";

/** What the site expects of its DHCP. */
export interface Expected {
  readonly expectUrl?: string | undefined;
  /** The option that must say so, such as `66` or `43.66`. */
  readonly expectOption?: string | undefined;
  readonly expectServers?: readonly string[] | undefined;
}

/** An offer, read. */
interface Told {
  readonly server: string;
  readonly address: string;
  readonly routers: readonly string[];
  readonly nameServers: readonly string[];
  readonly timeServers: readonly string[];
  readonly lease: number | undefined;
  readonly places: readonly ToldOption[];
  readonly vlans: readonly ToldOption[];
  readonly sip: readonly string[];
  /** What is no option: next server, file, relay, domain. */
  readonly beside: readonly string[];
}

function toldBy({ server, message }: Offer): Told {
  const { options, yourAddress, nextServer, relay, file } = message;
  const prefix = prefixLengthIn(options.get(dhcpOption.subnetMask));
  const list = (code: number) => addressesIn(options.get(code)) ?? [];
  const domain = textIn(options.get(dhcpOption.domainName));
  return {
    server,
    address: prefix === undefined ? yourAddress : `${yourAddress}/${prefix}`,
    routers: list(dhcpOption.router),
    nameServers: list(dhcpOption.nameServer),
    timeServers: list(dhcpOption.timeServer),
    lease: numberIn(options.get(dhcpOption.leaseTime)),
    places: configPlaces(options),
    vlans: voiceVlans(options),
    sip: sipServers(options),
    beside: [
      ...(nextServer === "0.0.0.0" ? [] : [`next server ${nextServer}`]),
      ...(file === "" ? [] : [`file ${file}`]),
      ...(domain === undefined ? [] : [`domain ${domain}`]),
      ...(relay === "0.0.0.0" ? [] : [`by relay ${relay}`]),
    ],
  };
}

const optionLines = (told: readonly ToldOption[]) =>
  told.map(({ option, value }) => `${option} = ${value}`.slice(0, 400));

/** Every OFFER as observations of one network; with several servers each line names its server. */
export function observeOffers(offers: readonly Offer[], expected: Expected, observe: Observe): Observation[] {
  const all = offers.map(toldBy);
  const lines = (of: (told: Told) => readonly string[]) =>
    all.length === 1
      ? all.flatMap(of)
      : all.flatMap((told) => of(told).map((line) => `${told.server}: ${line}`.slice(0, 400)));
  const leases = all.flatMap(({ lease }) => lease ?? []);
  return [
    observe(
      "dhcp.servers",
      all.map(({ server }) => server),
      { evidence: all.map(sentenceOf).join("\n") },
    ),
    observe(
      "dhcp.offered",
      lines(({ address }) => [address]),
    ),
    observe(
      "dhcp.router",
      lines(({ routers }) => routers),
    ),
    observe(
      "dhcp.dns",
      lines(({ nameServers }) => nameServers),
    ),
    observe(
      "dhcp.ntp",
      lines(({ timeServers }) => timeServers),
    ),
    ...(leases.length === 0 ? [] : [observe("dhcp.lease", Math.min(...leases))]),
    observe(
      "dhcp.voiceVlan",
      lines(({ vlans }) => optionLines(vlans)),
    ),
    observe(
      "dhcp.config",
      lines(({ places }) => optionLines(places)),
    ),
    observe(
      "dhcp.sip",
      lines(({ sip }) => sip),
    ),
    ...(all.length < 2 ? [] : [observe("dhcp.differs", differencesOf(all))]),
    ...observeExpected(all, expected, observe),
  ];
}

function sentenceOf({ server, address, places, beside }: Told): string {
  return [`${server} offers ${address}`, ...optionLines(places), ...beside].join(", ");
}

function observeExpected(
  all: readonly Told[],
  { expectUrl, expectOption, expectServers }: Expected,
  observe: Observe,
): Observation[] {
  const foreign = all.filter(({ server }) => expectServers?.includes(server) === false);
  const ours = all.filter((told) => !foreign.includes(told));
  const wrong =
    expectUrl === undefined
      ? []
      : ours.filter(({ places }) => !judged(places, expectOption).some((each) => leadsTo(each, expectUrl)));
  return [
    ...(expectServers === undefined
      ? []
      : [
          observe(
            "dhcp.foreign",
            foreign.map(({ server }) => server),
          ),
        ]),
    ...(expectUrl === undefined || ours.length === 0
      ? []
      : [
          // With the option that must say so: else V4 expects what another option tells.
          observe(
            "dhcp.expected",
            expectOption === undefined ? expectUrl : `${expectUrl} by option ${expectOption}`,
          ),
          observe("dhcp.leads", wrong.length === 0, { evidence: wrong.map(sentenceOf).join("\n") }),
        ]),
  ];
}

/** Nearly all phones go by 66 first; where it is not told, whichever is. */
function judged(places: readonly ToldOption[], expectOption: string | undefined): readonly ToldOption[] {
  const named = places.filter(({ option }) => option === (expectOption ?? "66"));
  return expectOption !== undefined || named.length > 0 ? named : places;
}

/** What two servers tell otherwise, but for the address: each gives one of its own range. */
function differencesOf(all: readonly Told[]): string[] {
  const aspects = {
    subnet: ({ address }: Told) => address.split("/")[1] ?? "none",
    router: ({ routers }: Told) => routers.join(" "),
    DNS: ({ nameServers }: Told) => nameServers.join(" "),
    config: ({ places }: Told) => optionLines(places).join(" "),
    "voice VLAN": ({ vlans }: Told) => optionLines(vlans).join(" "),
  };
  return Object.entries(aspects).flatMap(([name, of]) => {
    const values = all.map(of);
    return new Set(values).size === 1
      ? []
      : [
          `${name}: ${all.map(({ server }, i) => `${server} ${values[i] === "" ? "none" : values[i]}`).join(", ")}`.slice(
            0,
            400,
          ),
        ];
  });
}
