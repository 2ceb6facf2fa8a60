import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting, words }: EncodingInput): Encoded {
  const address = setting("provisioning.url");
  if (typeof address !== "string" || address === "") return { ok: true, parts: [] };
  const [, scheme = "", host = "", port = "", path = ""] =
    /^([a-z]+):\/\/((?:\[[^\]]*\]|[^:/?#\s[\]@])+)(?::(\d+))?(?:\/([^\s?#]*))?$/i.exec(address) ?? [];
  const way = scheme.toLowerCase();
  if (!words.has(`${way}.host`)) {
    const ways = [...words.keys()].filter((word) => word.endsWith(".host")).map((word) => word.slice(0, -5));
    return { ok: false, limit: `an address that begins with one of ${ways.join(", ")}, without a query` };
  }
  const usual = { https: "443", http: "80" }[way] ?? "";
  const said = [
    [words.get("protocol"), words.get(way)],
    [words.get(`${way}.host`), host],
    [words.get(`${way}.port`), port === "" ? usual : port],
    [words.get(`${way}.path`), path.replace(/\/+$/, "")],
  ];
  const parts = said.flatMap(([name, value]) =>
    name === undefined || value === undefined || value === "" ? [] : [{ name, value }],
  );
  return { ok: true, parts };
}

/**
 * The provisioning address in pieces, for phones that take way, host, port and folder under keys of their own. The words
 * name the keys: `https.host`, `https.port`, `https.path`, and so for each way; `protocol` is the key of the way itself,
 * and `https` the vendor's word for it.
 */
export const serverParts: Encoding = { name: "server-parts", settings: ["provisioning.url"], encode };
