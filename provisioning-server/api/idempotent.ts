import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Inventory } from "../inventory/inventory.ts";
import { Problem } from "../problem.ts";
import { Idempotency } from "../store/idempotency.ts";
import type { ApiReply } from "./api-route.ts";
import type { Caller } from "./caller.ts";

const day = 24 * 3_600_000;

/**
 * Runs a write once per `Idempotency-Key`: the second with the same key gets the answer of the first. In the write's own
 * transaction, so that what was done and what was answered stand together or not at all.
 *
 * @throws {Problem} rule-violated when the key came with something else before
 */
export async function idempotently(
  request: FastifyRequest,
  caller: Caller,
  inside: Inventory,
  write: () => Promise<ApiReply>,
): Promise<ApiReply & { readonly again?: true }> {
  const key = keyOf(request);
  if (key === undefined) return write();
  const place = { tenant: inside.tenant, caller: caller.id, key };
  const sealed = { tenant: inside.tenant, holder: "reply", name: caller.id, path: key } as const;
  const fingerprint = fingerprintOf(request);
  const { store, vault } = inside;
  const writes = new Idempotency(store);
  const since = store.now() - day;
  const before = await writes.find(place, since);
  if (before === undefined) {
    const reply = await write();
    const kept: Kept = { fingerprint, reply };
    await writes.put(place, await vault.seal(store, JSON.stringify(kept), sealed), since);
    return reply;
  }
  const kept = JSON.parse(await vault.open(store, before, sealed)) as Kept;
  if (kept.fingerprint !== fingerprint)
    throw new Problem("rule-violated", "This Idempotency-Key came with another request before.", {
      rule: "idempotency-key",
    });
  return { ...kept.reply, again: true };
}

interface Kept {
  readonly fingerprint: string;
  readonly reply: ApiReply;
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[\x21-\x7e]{1,100}$/.test(key)) return key;
  const errors = [
    { pointer: "header/Idempotency-Key", expected: "1 to 100 visible characters", found: "others" },
  ];
  throw new Problem("invalid-request", "1 place does not fit", { errors });
}

/** If-Match is no part of it: the retry of a write that was done would else be refused as stale. */
function fingerprintOf({ method, url, body }: FastifyRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest("base64url");
}
