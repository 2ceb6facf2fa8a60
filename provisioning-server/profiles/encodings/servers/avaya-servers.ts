import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

interface Server {
  readonly host: unknown;
  readonly port: unknown;
  readonly transport: unknown;
}

function hostOf(host: unknown): string {
  if (typeof host !== "string") return "";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** `host:5060;transport=udp`: without a transport the phone would take TLS. */
function serverText({ host, port, transport }: Server): string {
  const way = transport === "tcp" || transport === "tls" ? transport : "udp";
  const usual = way === "tls" ? 5061 : 5060;
  return `${hostOf(host)}:${typeof port === "number" && port !== 0 ? port : usual};transport=${way}`;
}

function encode({ setting }: EncodingInput): Encoded {
  const at = (path: string): Server => ({
    host: setting(`${path}.host`),
    port: setting(`${path}.port`),
    transport: setting(`${path}.transport`) ?? setting("line.server.transport"),
  });
  const [proxy, first, backup] = [at("line.outboundProxy"), at("line.server"), at("line.backupServer")];
  const isSet = ({ host }: Server) => typeof host === "string" && host !== "";
  if (!isSet(first)) return { ok: true, parts: [] };
  const servers = [isSet(proxy) ? proxy : first, backup].filter(isSet);
  // A comma or a blank ends the list's entry.
  if (servers.some(({ host }) => /[\s,;"]/.test(String(host))))
    return { ok: false, limit: "a host without blanks, commas and semicolons" };
  const notes = servers.some(({ transport }) => transport === "dns")
    ? ["the phone asks no DNS for the transport: UDP is written"]
    : [];
  return { ok: true, parts: [{ name: "", value: servers.map(serverText).join(",") }], notes };
}

/** Avaya's list of servers, best first; an outbound proxy stands in the first one's place. */
export const avayaServers: Encoding = {
  name: "avaya-servers",
  settings: [
    "line.server.host",
    "line.server.port",
    "line.server.transport",
    "line.backupServer.host",
    "line.backupServer.port",
    "line.backupServer.transport",
    "line.outboundProxy.host",
    "line.outboundProxy.port",
  ],
  encode,
};
