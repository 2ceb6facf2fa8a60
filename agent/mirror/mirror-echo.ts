import { deflateRawSync, inflateRawSync } from "node:zlib";
import { echoHeader } from "../../protocol/alg/alg-message.ts";
import { headerValue, type SipRequest, type SipResponse } from "../../protocol/sip/message.ts";
import type { ResponseParts } from "../../protocol/sip/response.ts";

/** Packed and in letters, so that a device which rewrites addresses does not put right what it altered before. */
const echoType = "application/x-offhook-echo";
const longest = 65_536;

/** The request wants its own bytes back. */
export function asksForEcho(request: SipRequest): boolean {
  return headerValue(request, echoHeader) !== undefined;
}

/**
 * The answer that carries the bytes as they came: 200 to OPTIONS, a refusal to everything else, which has no session.
 * Without body where the echo would be much larger than the request, so that nobody can amplify by it.
 */
export function echoAnswer(request: SipRequest, bytes: Uint8Array): Omit<ResponseParts, "toTag"> {
  const code = request.method === "OPTIONS" ? 200 : 480;
  const packed = Buffer.from(packBytes(bytes));
  // What an answer repeats of its request, and its own few lines, come to some 500 bytes.
  if (packed.length + 500 > 1.2 * bytes.length + 16) return { code };
  return { code, body: { type: echoType, bytes: packed } };
}

/** The bytes as the mirror got them; undefined where the answer is no echo. */
export function readEcho(response: SipResponse): Uint8Array | undefined {
  if (headerValue(response, "Content-Type") !== echoType) return undefined;
  return unpackBytes(Buffer.from(response.body).toString("latin1"));
}

/** Deflated, in base64. */
export function packBytes(bytes: Uint8Array): string {
  return deflateRawSync(bytes).toString("base64");
}

/** undefined where it was not packed so. */
export function unpackBytes(packed: string): Uint8Array | undefined {
  try {
    return inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: longest });
  } catch {
    return undefined;
  }
}
