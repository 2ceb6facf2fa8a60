import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** An IPv6 address stands in brackets where a port may follow (RFC 3261 section 25.1). */
function inUri(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function encode({ setting }: EncodingInput): Encoded {
  const [proxy, server] = [setting("line.outboundProxy.host"), setting("line.server.host")];
  const own = typeof proxy === "string" && proxy !== "";
  const host = own ? proxy : server;
  if (typeof host !== "string" || host === "") return { ok: true, parts: [] };
  const transport = setting("line.server.transport");
  // Without port and transport the phone asks NAPTR and SRV; without `;transport=` alone it goes back to UDP.
  if (transport === "dns") return { ok: true, parts: [{ name: "", value: inUri(host) }] };
  const port = setting(own ? "line.outboundProxy.port" : "line.server.port");
  const behind = typeof port === "number" && port > 0 ? `:${port}` : "";
  const value = `${inUri(host)}${behind};transport=${typeof transport === "string" ? transport : "udp"}`;
  return { ok: true, parts: [{ name: "", value }] };
}

/** Snom's outbound proxy, which is where the port and the way of an account stand. */
export const snomOutbound: Encoding = {
  name: "snom-outbound",
  settings: [
    "line.outboundProxy.host",
    "line.outboundProxy.port",
    "line.server.host",
    "line.server.port",
    "line.server.transport",
  ],
  encode,
};
