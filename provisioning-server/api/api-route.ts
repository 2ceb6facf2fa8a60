import type { Static, TSchema } from "typebox";
import type { Inventory } from "../inventory/inventory.ts";
import type { ProblemSlug } from "../problem.ts";
import type { Role } from "../store/staff.ts";
import type { Caller } from "./caller.ts";

/** What a handler gets: who asks, their tenant's inventory, and what was asked, checked by the route's schemas. */
export interface ApiCall<P, Q, B> {
  readonly caller: Caller;
  /** Of the tenant that is meant; for a write, inside its transaction. */
  readonly inventory: Inventory;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The revision that the caller has seen (`If-Match`); empty: whatever stands. */
  readonly expected: { readonly revision?: number };
}

export interface ApiReply {
  readonly status?: number;
  readonly body?: unknown;
  /** Becomes the ETag. */
  readonly revision?: number;
  /** Address of what was made, below `/api/v1`. */
  readonly location?: string;
  /** What is written into the audit, in words and without secrets; absent: nothing more than the address. */
  readonly detail?: string;
}

/** One call of the API: all there is to know about it stands here, and routes, checks, OpenAPI and tests are made from it. */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, such as `/sites/:site`. */
  readonly path: string;
  /** Name of the operation for generated clients. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly role: Role;
  /** Whether a read is written into the audit as well, because it shows a secret. */
  readonly audited?: true;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly bodyExample?: unknown;
  /** Absent: no body (204). */
  readonly reply?: TSchema;
  readonly replyExample?: unknown;
  readonly status: number;
  /** Beside those that every call may get. */
  readonly problems: readonly ProblemSlug[];
  /** `params`, `query` and `body` have been checked by the schemas above. */
  handle(call: ApiCall<never, never, never>): Promise<ApiReply>;
}

type Checked<S extends TSchema | undefined> = S extends TSchema ? Static<S> : undefined;

/** A route whose handler sees the types of its schemas. */
export function apiRoute<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(
  about: Omit<ApiRoute, "params" | "query" | "body" | "handle"> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    handle(call: ApiCall<Checked<P>, Checked<Q>, Checked<B>>): Promise<ApiReply>;
  },
): ApiRoute {
  return about as ApiRoute;
}
