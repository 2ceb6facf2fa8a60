import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHealthReport } from "../../../protocol/health-report.ts";
import { ingest } from "../../../provisioning-server/reports/ingest.ts";
import { Reports } from "../../../provisioning-server/store/reports.ts";
import { enrolled, healthReport, openServer } from "./agent-side.ts";

function generator(seed: number) {
  console.log(`seed ${seed}`);
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
}

test("ingest(): the store is what the model says, over duplicated, reordered and replayed batches", async () => {
  const random = generator(20_260_804);
  const server = await openServer();
  const side = await enrolled(server);
  const agent = await server.agents.find(side.agentId);
  if (agent === undefined) assert.fail("no agent");
  const model = new Map<string, number>();
  let epoch = 0;
  let highest = 0;
  const history: number[][] = [];
  for (let round = 0; round < 1500; round += 1) {
    if (random(200) === 0) {
      epoch += 1;
      highest = 0;
      history.length = 0;
    }
    const replay = history[random(Math.max(1, history.length))];
    const fresh = Array.from({ length: 1 + random(4) }, () => highest + 1 + random(6));
    const seqs = random(3) === 0 && replay !== undefined ? replay : fresh;
    history.push(seqs);
    highest = Math.max(highest, ...seqs);
    const result = await ingest(server.store, agent, {
      epoch: `e${epoch}`,
      ...(epoch === 0 ? {} : { previousEpoch: `e${epoch - 1}` }),
      sent: { at: server.clock.now, mono: 0, bootId: "b" },
      // What a number stands for never changes: the first delivery and the last say the same.
      reports: seqs.map((seq) => healthReport(seq, { mono: seq * 1000 + epoch })),
    });
    assert.equal(result.kind === "stored" && result.ackedSeq, highest);
    for (const seq of seqs) model.set(`e${epoch}/${seq}`, seq * 1000 + epoch);
  }
  const reports = new Reports(server.store);
  const stored = await reports.ofAgent({ tenant: agent.tenant, agent: agent.id });
  assert.equal(stored.length, model.size);
  for (const { epoch: name, report } of stored) assert.equal(report.mono, model.get(`${name}/${report.seq}`));
});

test("decodeHealthReport() never throws, on 100,000 reports damaged by a seeded generator", () => {
  const random = generator(20_260_805);
  const whole = healthReport(1, {
    dropped: { count: 1, from: 1, to: 2, reason: "corrupt" },
    findings: [
      {
        rule: "P3",
        cause: "weak-power",
        layer: "power",
        severity: "major",
        subject: "port:sw1/1",
        sentence: "s",
        remedy: "r",
        confidence: 0.9,
        because: [],
        affects: [],
        consequences: [],
        at: 1,
      },
    ],
  });
  const odd: unknown[] = [
    null,
    -1,
    1e300,
    "",
    "x".repeat(5000),
    [],
    {},
    true,
    1.5,
    "\0",
    "\ud800:x",
    undefined,
  ];
  let taken = 0;
  for (let round = 0; round < 100_000; round += 1) {
    const report = structuredClone(whole) as unknown;
    for (let edits = random(3); edits > 0; edits -= 1) damage(report, odd[random(odd.length)], random);
    const result = decodeHealthReport(report);
    if (result.ok) {
      taken += 1;
      assert.deepEqual(decodeHealthReport(JSON.parse(JSON.stringify(result.value))), result);
    } else assert.notEqual(result.why.place, "");
  }
  assert.ok(taken > 10_000, "the generator came past the schema");
});

function damage(target: unknown, value: unknown, random: (below: number) => number): void {
  if (typeof target !== "object" || target === null) return;
  const keys = [...Object.keys(target), "unknown"];
  const key = keys[random(keys.length)] ?? "";
  const inner: unknown = Reflect.get(target, key);
  if (typeof inner === "object" && random(4) > 0) damage(inner, value, random);
  else Reflect.set(target, key, value);
}
