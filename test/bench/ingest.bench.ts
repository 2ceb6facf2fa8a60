import { join } from "node:path";
import BetterSqlite3 from "better-sqlite3";
import { readJsonBody } from "../../provisioning-server/reports/body.ts";
import { ingest, type IncomingBatch } from "../../provisioning-server/reports/ingest.ts";
import { Agents } from "../../provisioning-server/store/agents.ts";
import { openStore } from "../../provisioning-server/store/open-store.ts";
import type { Bench } from "./bench.ts";
import { compare, type Side } from "./compare.ts";
import { healthReport } from "./health-report.ts";

/** What an agent delivers at a time when it has a little to catch up. */
const batchSize = 10;
const ports = 12;

export const bench: Bench = {
  name: "ingest",
  about:
    "HealthReports into the store (checked, packed, current values) beside bare inserts of the same bytes",
  async run(context) {
    await using scope = new AsyncDisposableStack();
    const ours = await ingesting(join(context.folder, "ours"), scope);
    const peer = inserting(join(context.folder, "bare.sqlite"), scope);
    const size = JSON.stringify(healthReport(1, ports)).length;
    const work = `reports of ${Math.round(size / 1000)} kB, ${batchSize} in a transaction`;
    await compare(context, work, ours, [peer]);
  },
};

/** From the bytes of the body on: strict JSON, schema, ledger, packed row, newest observations, one commit. */
async function ingesting(folder: string, scope: AsyncDisposableStack): Promise<Side> {
  const store = await openStore({ path: join(folder, "offhook.sqlite"), now: Date.now });
  scope.defer(() => store.close());
  const agents = new Agents(store);
  const { token } = await agents.createEnrolToken({ tenant: "default", site: "bench" });
  const facts = { hostname: "bench", version: "0", platform: "linux" };
  const agent = await agents.enrol(token.reveal(), "bench-key", facts);
  if (agent === undefined) throw new Error("the agent was not let in");
  return delivering("offhook", async (body, count) => {
    const batch = (await readJsonBody(body, undefined)) as IncomingBatch;
    const result = await ingest(store, agent, batch);
    if (result.kind !== "stored" || result.stored !== count) throw new Error(JSON.stringify(result));
  });
}

/** The same body as rows of bytes, one per report, with the same promise: on the disk when it returns. */
function inserting(path: string, scope: AsyncDisposableStack): Side {
  const sqlite = new BetterSqlite3(path);
  scope.defer(() => void sqlite.close());
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = FULL");
  sqlite.exec("create table report (id integer primary key, body blob not null)");
  const insert = sqlite.prepare("insert into report (body) values (?)");
  const insertAll = sqlite.transaction((rows: readonly Uint8Array[]) => {
    for (const row of rows) insert.run(row);
  });
  return delivering("better-sqlite3, bare", async (body, count) => {
    const length = Math.ceil(body.length / count);
    insertAll.immediate(
      Array.from({ length: count }, (_, at) => body.subarray(at * length, (at + 1) * length)),
    );
  });
}

function delivering(name: string, deliver: (body: Buffer, count: number) => Promise<void>): Side {
  let next = 1;
  return {
    name,
    async run(ms) {
      let took = 0;
      let reports = 0;
      while (took < ms) {
        // Agents make them, not the server: this is not counted.
        const body = bodyFrom(next);
        next += batchSize;
        const from = performance.now();
        await deliver(body, batchSize);
        took += performance.now() - from;
        reports += batchSize;
      }
      return { rates: { "reports/s": reports / (took / 1000) } };
    },
  };
}

function bodyFrom(first: number): Buffer {
  const reports = Array.from({ length: batchSize }, (_, at) => healthReport(first + at, ports));
  const sent = { at: Date.now(), mono: 1000, bootId: "bench" };
  return Buffer.from(JSON.stringify({ epoch: "bench", sent, reports }));
}
