import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { mismatchSentence } from "../../protocol/decoded.ts";
import { Problem } from "../problem.ts";
import { decodeStrictJson } from "./strict-json.ts";

/** On the wire; fastify stops reading there. */
export const wireLimit = 1024 * 1024;
/** Unpacked; nothing past it is ever unpacked, so that a bomb costs no more than this. */
export const unpackedLimit = 8 * 1024 * 1024;

type Unpack = (packed: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;
const unpackers = new Map<string, Unpack>([
  ["gzip", promisify(gunzip)],
  ["zstd", promisify(zstdDecompress)],
]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON of a request body, unpacked by its Content-Encoding. @throws {Problem} that says what is wrong with it. */
export async function readJsonBody(wire: Buffer, encoding: string | undefined): Promise<unknown> {
  const unpacked = await unpack(wire, (encoding ?? "identity").trim().toLowerCase());
  const json = decodeStrictJson(textOf(unpacked));
  if (json.ok) return json.value;
  const offset = /\d+/.exec(json.why.place)?.[0];
  const extras = offset === undefined ? {} : { offset: Number(offset) };
  throw new Problem("malformed-body", mismatchSentence(json.why), extras);
}

async function unpack(wire: Buffer, encoding: string): Promise<Uint8Array> {
  if (encoding === "identity" || encoding === "") return wire;
  const unpacker = unpackers.get(encoding);
  if (unpacker === undefined) {
    const accepted = ["identity", ...unpackers.keys()];
    throw new Problem("unsupported-media-type", `Content-Encoding ${encoding.slice(0, 40)}`, { accepted });
  }
  try {
    return await unpacker(wire, { maxOutputLength: unpackedLimit });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new Problem("payload-too-large", "more than this when unpacked", { limit: unpackedLimit });
    throw new Problem("malformed-body", `not ${encoding}: ${code}`, { offset: 0 });
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem("malformed-body", "not UTF-8", { offset: 0 });
  }
}
