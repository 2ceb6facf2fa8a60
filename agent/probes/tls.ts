import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import type { AgentIo } from "../io/io.ts";
import { sweepTls, tlsVersions } from "../io/tls-sweep.ts";
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
    if (place === undefined)
      return [
        observe("tls.version", null, { outcome: "unreachable", evidence: `${target} is not HOST:PORT` }),
      ];
    try {
      const [address = ""] = await io.resolve(place.host);
      return await look({ ...place, address }, settings, { observe, io }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return [...observeFailure(error as NodeJS.ErrnoException, { transport: "tls", note: "" }, observe)];
    }
  },
  show: (observations) =>
    showLines(observations, [
      ["tls.version", "version"],
      ["tls.versions", "versions taken"],
      ["tls.cipher", "cipher"],
      ["tls.names", "certificate for"],
      ["tls.names.plain", "without SNI for"],
      ["tls.nameMatch", "name fits"],
      ["tls.daysLeft", "days left"],
      ["tls.chain", "chain"],
      ["sip.code", "failed"],
    ]),
};

async function look(
  place: { readonly host: string; readonly address: string; readonly port: number },
  settings: Static<typeof TlsSettings>,
  { observe, io }: { readonly observe: Observe; readonly io: TlsIo },
  signal: AbortSignal,
): Promise<Observation[]> {
  const { address, port } = place;
  const serverName = settings.serverName ?? place.host;
  const timeout = settings.timeout * 1000;
  await using socket = await io.openStream({ address, port, timeout, tls: { serverName } }, signal);
  const facts = socket.tls === undefined ? [] : observeTls(socket.tls, serverName, io.clock.now(), observe);
  io.say(`trying ${tlsVersions.join(", ")}`);
  const versions = await sweepTls({ address, port, serverName, timeout }, signal);
  // An empty name is none: RFC 6066 3 has no place for an address either, and that is what the opener leaves out.
  await using plain = await io.openStream({ address, port, timeout, tls: { serverName: address } }, signal);
  return [
    ...facts,
    observe("tls.versions", versions),
    ...(plain.tls === undefined
      ? []
      : [
          observe(
            "tls.names.plain",
            plain.tls.names.slice(0, 50).map((name) => name.slice(0, 400)),
          ),
        ]),
  ];
}
