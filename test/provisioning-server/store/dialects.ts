import { randomBytes } from "node:crypto";
import pg from "pg";
import { openStore, type StoreHandle } from "../../../provisioning-server/store/open-store.ts";

interface DialectUnderTest {
  readonly name: string;
  readonly open: (now: () => number) => Promise<StoreHandle>;
}

/** The address of a PostgreSQL that these tests may make schemas in; test/range/store-postgres.test.ts starts one. */
const postgresUrl = process.env.OFFHOOK_TEST_POSTGRES;

/** An empty schema of its own for each store. */
export async function freshSchema(url: string): Promise<string> {
  const name = `t${randomBytes(6).toString("hex")}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema ${name}`);
  await client.end();
  return `${url}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
}

/** The databases that the store's tests run over, one set of queries for all. */
export const dialects: readonly DialectUnderTest[] = [
  { name: "sqlite", open: (now) => openStore({ path: ":memory:", now }) },
  ...(postgresUrl === undefined
    ? []
    : [
        {
          name: "postgres",
          open: async (now: () => number) => openStore({ path: await freshSchema(postgresUrl), now }),
        },
      ]),
];
