import { encodeSip } from "./encode-sip.ts";
import type { SipRequest } from "./message.ts";
import type { RandomHex } from "./random-hex.ts";
import { buildRequest, type RequestParts } from "./request.ts";
import { branchCookie } from "./via.ts";

/** A request, and its octets as they leave. */
export interface WrittenRequest {
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
}

// What stands where identifiers will: in the order in which a request holds them.
const holes = ["hole.of.the.branch", "hole.of.the.tag", "hole.of.the.call"] as const;
// 64 random bits for branch and tag, 128 for the Call-ID, as newBranch() and its neighbours have it.
const octets = [8, 8, 16] as const;

/** A request that goes out again and again: written once, with holes for branch, From tag and Call-ID. All are of one length. */
export class RequestTemplate {
  readonly #request: SipRequest;
  readonly #text: readonly string[];
  /** Which headers have a hole, in the order of `holes`, and what stands before and behind it. */
  readonly #headers: readonly { readonly index: number; readonly around: readonly string[] }[];

  constructor(parts: Omit<RequestParts, "branch" | "fromTag" | "callId">) {
    const [branch, fromTag, callId] = holes;
    this.#request = buildRequest({ ...parts, branch: branchCookie + branch, fromTag, callId });
    this.#text = Buffer.from(encodeSip(this.#request))
      .toString("latin1")
      .split(new RegExp(holes.join("|")));
    this.#headers = holes.map((hole) => {
      const index = this.#request.headers.findIndex(({ value }) => value.includes(hole));
      return { index, around: this.#request.headers[index]?.value.split(hole) ?? [] };
    });
  }

  /** The next one, with identifiers of its own. */
  fill(random: RandomHex): WrittenRequest {
    const headers = [...this.#request.headers];
    let text = this.#text[0] ?? "";
    for (const [i, { index, around }] of this.#headers.entries()) {
      const id = random.next(octets[i] ?? 0);
      headers[index] = { name: headers[index]?.name ?? "", value: `${around[0]}${id}${around[1]}` };
      text += id + this.#text[i + 1];
    }
    return { request: { ...this.#request, headers }, bytes: Buffer.from(text, "latin1") };
  }
}
