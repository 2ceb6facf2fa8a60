import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import type { Directory } from "./directory.ts";

/** identify → look up → authorize → render. Every refusal carries its reason and remedy; nothing secret leaves without a claim. */
export async function answerPhone(_request: PhoneRequest, _directory: Directory): Promise<Answer> {
  throw new Error("answerPhone is not built yet");
}
