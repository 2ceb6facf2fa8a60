import { openStore, type StoreHandle } from "../../../provisioning-server/store/open-store.ts";

/** The databases that the store's tests run over, one set of queries for all. PostgreSQL comes as another row. */
export const dialects: readonly {
  readonly name: string;
  open(now: () => number): Promise<StoreHandle>;
}[] = [{ name: "sqlite", open: (now) => openStore({ path: ":memory:", now }) }];
