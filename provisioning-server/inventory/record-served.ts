import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import type { ServedFiles } from "../store/served-files.ts";

/**
 * Keeps the phone's own files as it was last served them; only when a file is another than before, for in a storm phones
 * fetch what they had.
 */
export async function recordServed(
  served: ServedFiles,
  tenant: string,
  request: PhoneRequest,
  answer: Answer,
): Promise<void> {
  const { mac, file: kind } = answer.identity;
  if (answer.outcome !== "file" || kind !== "config" || mac === undefined || answer.claim === "public")
    return;
  if (request.method === "HEAD") return;
  const { name, etag, body } = answer.file;
  const file = { mac, door: request.via, name, at: request.at, etag, body };
  if ((await served.etag(tenant, file)) !== etag) await served.put(tenant, file);
}
