import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting }: EncodingInput): Encoded {
  const url = setting("provisioning.url");
  if (typeof url !== "string" || url === "") return { ok: true, parts: [] };
  const [, host, path = "/"] = /^https:\/\/([^/\s]+)(\/\S*)?$/.exec(url) ?? [];
  if (host === undefined) return { ok: false, limit: "an address that begins with https://" };
  return {
    ok: true,
    parts: [
      { name: "prov.server.static", value: host },
      { name: "prov.download.cfgpath", value: path.replace(/\/$/, "") },
    ],
  };
}

/** Algo's server and path of its config, which are two keys. */
export const algoServer: Encoding = { name: "algo-server", settings: ["provisioning.url"], encode };
