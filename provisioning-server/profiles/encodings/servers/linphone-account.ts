import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

// RFC 3261 section 25.1: what may stand in the user part as it is.
function sipUser(user: string): string {
  return encodeURIComponent(user).replaceAll(/%(?:26|3D|2B|24|2C|3B|3F|2F)/g, decodeURIComponent);
}

/** An IPv6 address stands in brackets (RFC 3261 section 25.1, IPv6reference). */
function sipHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function serverUri(host: string, port: unknown, transport: unknown): string {
  const byDns = transport === "dns" || typeof port !== "number" || port === 0;
  const travels = transport === "tcp" || transport === "tls" ? `;transport=${transport}` : "";
  return `<sip:${sipHost(host)}${byDns ? "" : `:${port}`}${travels}>`;
}

/** A name in front of an address, quoted as RFC 3261 section 25.1 (quoted-string) wants it. */
function nameAddress(name: unknown, uri: string): string {
  if (typeof name !== "string" || name === "") return `<${uri}>`;
  return `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}" <${uri}>`;
}

function encode({ setting }: EncodingInput): Encoded {
  const [user, host] = [setting("line.user"), setting("line.server.host")];
  if (typeof user !== "string" || user === "" || typeof host !== "string" || host === "")
    return { ok: true, parts: [] }; // no account without both: nothing to say
  if (!user.isWellFormed()) return { ok: false, limit: "well-formed Unicode" };
  const transport = setting("line.server.transport");
  const identity = nameAddress(setting("line.displayName"), `sip:${sipUser(user)}@${sipHost(host)}`);
  const proxy = setting("line.outboundProxy.host");
  const route =
    typeof proxy === "string" && proxy !== ""
      ? [
          {
            name: "reg_route",
            value: serverUri(proxy, setting("line.outboundProxy.port"), transport).replace(">", ";lr>"),
            setting: "line.outboundProxy.host",
          },
        ]
      : [];
  return {
    ok: true,
    parts: [
      {
        name: "reg_proxy",
        value: serverUri(host, setting("line.server.port"), transport),
        setting: "line.server.host",
      },
      { name: "reg_identity", value: identity },
      ...route,
    ],
  };
}

/** Linphone's registrar, identity and route of an account, as SIP addresses. */
export const linphoneAccount: Encoding = {
  name: "linphone-account",
  settings: [
    "line.user",
    "line.displayName",
    "line.server.host",
    "line.server.port",
    "line.server.transport",
    "line.outboundProxy.host",
    "line.outboundProxy.port",
  ],
  encode,
};
