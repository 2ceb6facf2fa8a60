import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** `https://host:8443/folder/` apart: these phones take the way and the place under keys of their own. */
function split(url: string): { scheme: string; path: string } | undefined {
  const [, scheme, path] = /^([a-z]+):\/\/([^\s]+)$/i.exec(url) ?? [];
  return scheme === undefined || path === undefined ? undefined : { scheme: scheme.toLowerCase(), path };
}

function encodeFrom(
  setting: string,
  what: "folder" | "file",
  { words, setting: get }: EncodingInput,
): Encoded {
  const url = get(setting);
  if (typeof url !== "string" || url === "") return { ok: true, parts: [] };
  const found = split(url);
  const protocol = found === undefined ? undefined : words.get(found.scheme);
  if (found === undefined || protocol === undefined) {
    const schemes = [...words.keys()].filter((word) => word !== "path" && word !== "protocol");
    return { ok: false, limit: `an address that begins with one of ${schemes.join(", ")}, and ://` };
  }
  const path = what === "folder" ? found.path.replace(/\/+$/, "") : found.path;
  const [name, place] = [words.get("protocol"), words.get("path")];
  return {
    ok: true,
    parts: [
      ...(name === undefined ? [] : [{ name, value: protocol }]),
      ...(place === undefined ? [] : [{ name: place, value: path }]),
    ],
  };
}

/** `server`, and below it the file, or `folder/$mac.cfg` where the address names none: where the phone wants the server and the file apart. */
function encodeFile({ words, setting: get }: EncodingInput): Encoded {
  const url = get("provisioning.url");
  if (typeof url !== "string" || url === "") return { ok: true, parts: [] };
  const found = split(url);
  const protocol = found === undefined ? undefined : words.get(found.scheme);
  if (found === undefined || protocol === undefined)
    return { ok: false, limit: "an address of a known scheme" };
  const [host = "", ...folders] = found.path.split("/").filter((part) => part !== "");
  const file = (/\.\w+$/.test(folders.at(-1) ?? "") ? folders : [...folders, "$mac.cfg"]).join("/");
  const server = words.get("with-scheme") === undefined ? host : `${found.scheme}://${host}`;
  return {
    ok: true,
    parts: [
      { name: words.get("server") ?? "server", value: server },
      { name: words.get("file") ?? "file", value: file },
      { name: words.get("protocol") ?? "protocol", value: protocol },
    ],
  };
}

/** `path` without scheme and closing slash, and `protocol` by the scheme's word; one encoding for each setting. */
export const serverPaths: readonly Encoding[] = [
  {
    name: "provisioning-path",
    settings: ["provisioning.url"],
    encode: (input) => encodeFrom("provisioning.url", "folder", input),
  },
  { name: "provisioning-file", settings: ["provisioning.url"], encode: encodeFile },
  {
    name: "firmware-path",
    settings: ["firmware.url"],
    encode: (input) => encodeFrom("firmware.url", "folder", input),
  },
  {
    name: "phonebook-path",
    settings: ["phonebooks"],
    encode: (input) => encodeFrom("phonebooks.0.url", "file", input),
  },
];
