import type { StoreHandle } from "../store/open-store.ts";
import { ChangeSets, type ChangeEntry } from "../store/change-sets.ts";
import type { Sealing } from "../store/sealing.ts";
import { uuidV7Sequence } from "../uuid-v7.ts";
import { joinChanges } from "./leaves.ts";

/** Who changes something, and why. */
export interface Author {
  /** A login, or the user of the machine. */
  readonly who: string;
  readonly reason?: string;
}

const nextId = uuidV7Sequence();

/** Ids of changes sort by the time they were made. */
export function newChangeId(at: number): string {
  return nextId(at);
}

export interface ChangeLogOptions {
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly author: Author;
  /** Everything goes into this one change; else each verb makes its own. */
  readonly set?: string;
  /** The change that these writes take back. */
  readonly undoes?: string;
}

/** Writes down what verbs change, in their own transaction: a change and its record stand together or not at all. */
export class ChangeLog {
  readonly #options: ChangeLogOptions;

  constructor(options: ChangeLogOptions) {
    this.#options = options;
  }

  async record(inside: StoreHandle, changes: readonly (ChangeEntry | undefined)[]): Promise<void> {
    const { sealing, tenant, author, set, undoes } = this.#options;
    const entries = changes.filter((change) => change !== undefined);
    if (entries.length === 0) return;
    const sets = new ChangeSets(inside, sealing);
    const id = set ?? newChangeId(inside.now());
    const isNew = set === undefined || (await sets.get(tenant, set)) === undefined;
    if (isNew) {
      const at = inside.now();
      const told = { ...author, ...(undoes === undefined ? {} : { undoes }) };
      await sets.put(tenant, { id, at, state: "applied", appliedAt: at, ...told });
    }
    for (const entry of entries) {
      const known = isNew ? undefined : await sets.entry(tenant, id, entry);
      const joined = known === undefined ? entry : joinChanges(known, entry);
      if (joined === undefined) await sets.removeEntry(tenant, id, entry);
      else await sets.putEntry(tenant, id, joined);
    }
  }
}
