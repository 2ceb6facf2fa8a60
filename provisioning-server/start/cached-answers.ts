import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { answerPhone } from "../answer/answer-phone.ts";
import type { FirmwareFiles } from "../answer/firmware-shelf.ts";
import { RenderCache } from "../answer/render-cache.ts";
import { CachedDirectory } from "../inventory/cached-directory.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import type { ServerParts } from "./parts.ts";

export interface CachedAnswers {
  readonly answer: (request: PhoneRequest) => Promise<Answer>;
  /** The store is gone, and answers are what was last known. */
  readonly isStale: () => boolean;
}

const result = (hit: boolean) => (hit ? "hit" : "miss");

/** Answers of the doors: phones, sites and rendered files are kept in memory for as long as they hold. */
export function cachedAnswers(
  { inventory, metrics, images }: Pick<ServerParts, "inventory" | "metrics"> & { images?: FirmwareFiles },
  directory: Promise<StoreDirectory>,
): CachedAnswers {
  const { cacheRequests, renderDuration, renderErrors } = metrics;
  const files = new RenderCache({
    onLookUp: (hit) => cacheRequests.add({ cache: "file", result: result(hit) }),
    onRender: (ms) => renderDuration.observe(ms / 1000),
    onError: () => renderErrors.add({ reason: "profile" }),
  });
  let kept: CachedDirectory | undefined;
  const cached = directory.then(
    (open) =>
      (kept = new CachedDirectory({
        store: inventory.store,
        directory: open,
        mono: () => performance.now(),
        onLookUp: (hit) => cacheRequests.add({ cache: "phone", result: result(hit) }),
      })),
  );
  return {
    answer: async (request) => answerPhone(request, kept ?? (await cached), files.make, images),
    isStale: () => kept?.stale === true,
  };
}
