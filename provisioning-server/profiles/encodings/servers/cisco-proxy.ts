import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** An IPv6 address stands in brackets (RFC 3261 section 25.1, IPv6reference). */
const bracketed = (host: string): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

function address(host: string, port: unknown): string {
  return typeof port === "number" && port > 0 ? `${bracketed(host)}:${port}` : bracketed(host);
}

function encode({ setting }: EncodingInput): Encoded {
  const host = setting("line.server.host");
  if (!isText(host)) return { ok: true, parts: [] };
  const byDns = setting("line.server.transport") === "dns";
  const first = address(host, byDns ? 0 : setting("line.server.port"));
  const second = setting("line.backupServer.host");
  if (!isText(second))
    return {
      ok: true,
      parts: [
        { name: "Proxy", value: first },
        { name: "Use_DNS_SRV", value: byDns ? "Yes" : "No", setting: "line.server.transport" },
      ],
    };
  const backup = address(second, setting("line.backupServer.port") ?? 5060);
  const failback = setting("line.failback");
  const index = setting("line.index");
  return {
    ok: true,
    parts: [
      // SRV records written out in the name: the phone then needs no DNS for them. A name for each account, for the phone
      // keeps answers by name.
      {
        name: "Proxy",
        value: `servers${typeof index === "number" ? index : ""}:SRV=${first}:p=0|${backup}:p=1`,
      },
      { name: "Use_DNS_SRV", value: "Yes", setting: "line.backupServer.host" },
      ...(typeof failback === "number"
        ? [{ name: "Proxy_Fallback_Intvl", value: String(failback), setting: "line.failback" }]
        : []),
    ],
  };
}

/** An account's server, alone or with its backup as one pseudo-SRV name. */
export const ciscoProxy: Encoding = {
  name: "cisco-proxy",
  settings: [
    "line.server.host",
    "line.server.port",
    "line.server.transport",
    "line.backupServer.host",
    "line.backupServer.port",
    "line.failback",
  ],
  encode,
};
