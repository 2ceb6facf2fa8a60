import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import type { ServedFile, ServedFiles } from "../store/served-files.ts";

/** The phone's own file, if that is what it got: kept to tell what it would get now that it has not got yet. */
export function servedFile(request: PhoneRequest, answer: Answer): ServedFile | undefined {
  const { mac, file: kind } = answer.identity;
  if (answer.outcome !== "file" || kind !== "config" || mac === undefined || answer.claim === "public")
    return undefined;
  if (request.method === "HEAD") return undefined;
  const { name, etag, body } = answer.file;
  return { mac, door: request.via, name, at: request.at, etag, body };
}

const keyOf = ({ mac, door, name }: Pick<ServedFile, "mac" | "door" | "name">) => `${mac} ${door} ${name}`;

/** Keeps files as they were last served; only those that are others than before, for in a storm phones fetch what they had. */
export async function recordServed(
  served: ServedFiles,
  tenant: string,
  files: readonly ServedFile[],
): Promise<void> {
  const last = new Map(files.map((file) => [keyOf(file), file]));
  const known = await served.etags(tenant, [...new Set(files.map(({ mac }) => mac))]);
  for (const one of known) if (last.get(keyOf(one))?.etag === one.etag) last.delete(keyOf(one));
  await served.put(tenant, [...last.values()]);
}
