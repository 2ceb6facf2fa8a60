import type { SipHeader, SipRequest } from "../../../protocol/sip/message.ts";
import { decodeUri, userOf } from "../../../protocol/sip/uri.ts";

/** What a PBX in trouble does. */
export type Behaviour =
  | { readonly kind: "normal" }
  /** Always this answer, such as 403, or 503 with Retry-After. */
  | {
      readonly kind: "answer";
      readonly code: number;
      readonly reason?: string;
      readonly headers?: readonly SipHeader[];
    }
  /** Asks for a login, whatever the method. */
  | { readonly kind: "challenge" }
  | { readonly kind: "silent" }
  /** The first requests are lost on the way. */
  | { readonly kind: "drop-first"; readonly count: number }
  /** Datagrams above this size are lost, as where fragments are dropped. */
  | { readonly kind: "drop-larger"; readonly bytes: number }
  /** Answers with these bytes. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "slow"; readonly ms: number };

/** Which requests a behaviour is for; nothing given means all. */
export interface For {
  readonly method?: string;
  /** User part of the Request-URI. */
  readonly user?: string;
}

interface Rule {
  readonly behaviour: Behaviour;
  readonly for: For;
  seen: number;
}

/** The behaviours in force; the last one set for a request wins. */
export class Script {
  #rules: Rule[] = [];

  set(behaviour: Behaviour, what: For): void {
    this.#rules = this.#rules.filter(
      (rule) => rule.for.method !== what.method || rule.for.user !== what.user,
    );
    if (behaviour.kind !== "normal") this.#rules.unshift({ behaviour, for: what, seen: 0 });
  }

  /** What to do with this request of so many bytes; a request that shall be lost is `silent`. */
  of(request: SipRequest, size: number): Behaviour {
    const rule = this.#rules.find((each) => applies(each.for, request));
    if (rule === undefined) return { kind: "normal" };
    rule.seen += 1;
    const { behaviour } = rule;
    if (behaviour.kind === "drop-first") return { kind: rule.seen <= behaviour.count ? "silent" : "normal" };
    if (behaviour.kind === "drop-larger") return { kind: size > behaviour.bytes ? "silent" : "normal" };
    return behaviour;
  }
}

function applies({ method, user }: For, request: SipRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  return user === undefined || user === requestUser(request);
}

/** The user part of the Request-URI, or undefined. */
export function requestUser(request: SipRequest): string | undefined {
  const uri = decodeUri(request.uri);
  return uri.ok && uri.value.kind === "sip" ? userOf(uri.value) : undefined;
}
