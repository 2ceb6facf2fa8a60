import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import type { AgentIo } from "../io/io.ts";
import type { TlsFacts } from "../io/tls/tls-facts.ts";
import { sweepTls, tlsVersions } from "../io/tls/tls-sweep.ts";
import { observeFailure, observeTls } from "./sip-options/observe-options.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";
import { showLines } from "./way/show-lines.ts";

const TlsSettings = Type.Object(
  {
    serverName: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "name to ask for (SNI) and to hold the certificate against",
      }),
    ),
    timeout: Type.Number({
      minimum: 0.5,
      maximum: 60,
      default: 5,
      description: "seconds for each handshake",
    }),
  },
  { additionalProperties: false },
);

type TlsIo = Pick<AgentIo, "clock" | "openStream" | "resolve" | "say">;

/** The TLS of a port: versions, chain, names, end, and what comes without SNI. */
export const tls: Probe<typeof TlsSettings, TlsIo> = {
  name: "tls",
  verb: "tls",
  about: "the TLS of a port: versions it takes, chain, names with and without SNI, end of the certificate",
  target: "HOST[:PORT]",
  example: "offhook diag tls pbx.example:5061 --server-name pbx.example",
  settings: TlsSettings,
  async run(target, settings, io, signal) {
    const place = tryParseHostPort(target, 5061);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("tls", `sip:${name}/tls`, io.clock.now());
    const transport = observe("sip.transport", "tls");
    if (place === undefined)
      return [
        transport,
        observe("tls.version", null, { outcome: "unreachable", evidence: `${target} is not HOST:PORT` }),
      ];
    try {
      const [address = ""] = await io.resolve(place.host);
      return [transport, ...(await look({ ...place, address }, settings, { observe, io }, signal))];
    } catch (error) {
      signal.throwIfAborted();
      return [
        transport,
        ...observeFailure(error as NodeJS.ErrnoException, { transport: "tls", note: "" }, observe),
      ];
    }
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["tls.version", "version"],
        ["tls.versions", "versions taken"],
        ["tls.cipher", "cipher"],
        ["tls.names", "certificate for"],
        ["tls.names.plain", "without SNI for"],
        ["tls.clientCert", "asks for yours"],
        ["tls.nameMatch", "name fits"],
        ["tls.daysLeft", "days left"],
        ["tls.chain", "chain"],
        ["sip.code", "failed"],
        ["sip.icmp", "the kernel heard"],
      ],
      [["tls.version", (version) => `speaks ${version}`]],
    ),
};

interface TlsPlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

async function look(
  place: TlsPlace,
  settings: Static<typeof TlsSettings>,
  { observe, io }: { readonly observe: Observe; readonly io: TlsIo },
  signal: AbortSignal,
): Promise<Observation[]> {
  const { address, port } = place;
  const serverName = settings.serverName ?? place.host;
  const timeout = settings.timeout * 1000;
  const met = await meet({ address, port, timeout, serverName }, io, signal);
  const facts = met.ok
    ? observeTls(met.facts, serverName, io.clock.now(), observe)
    : observeFailure(met.error, { transport: "tls", note: "" }, observe);
  // A port that speaks no TLS speaks no version of it either.
  if (!met.ok && !facts.some(isOfTls)) return facts;
  io.say(`trying ${tlsVersions.join(", ")}`);
  const { versions, wantsCertificate } = await sweepTls({ address, port, serverName, timeout }, signal);
  // Without SNI: RFC 6066 3 has no place for an address, and that is what the opener leaves out.
  const plain = met.ok ? await meet({ address, port, timeout, serverName: address }, io, signal) : met;
  return [
    ...facts,
    observe("tls.versions", [...versions]),
    ...(wantsCertificate ? [observe("tls.clientCert", true)] : []),
    ...(plain.ok ? [observe("tls.names.plain", shortened(plain.facts.names))] : []),
  ];
}

/** Not refused, not silent, and no other protocol: the far end speaks TLS, if not with us. */
function isOfTls({ key, outcome }: Observation, _: number, all: readonly Observation[]): boolean {
  return key === "sip.code" && outcome === "garbled" && !all.some((each) => each.key === "tls.instead");
}

function shortened(names: readonly string[]): string[] {
  return names.slice(0, 50).map((name) => name.slice(0, 400));
}

type Met =
  | { readonly ok: true; readonly facts: TlsFacts }
  | { readonly ok: false; readonly error: NodeJS.ErrnoException };

/** One handshake, and what the server showed in it. @throws the signal's reason. */
async function meet(
  order: {
    readonly address: string;
    readonly port: number;
    readonly timeout: number;
    readonly serverName: string;
  },
  { openStream }: TlsIo,
  signal: AbortSignal,
): Promise<Met> {
  const { serverName, ...place } = order;
  try {
    await using socket = await openStream({ ...place, tls: { serverName } }, signal);
    if (socket.tls !== undefined) return { ok: true, facts: socket.tls };
    return { ok: false, error: new Error("no TLS") };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, error: error as NodeJS.ErrnoException };
  }
}
