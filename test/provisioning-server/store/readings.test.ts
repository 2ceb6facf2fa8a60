import { deepEqual, equal } from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { ObservationSummary } from "../../../protocol/health-report.ts";
import { Readings } from "../../../provisioning-server/store/readings.ts";
import { Reports } from "../../../provisioning-server/store/reports.ts";
import { dialects } from "./dialects.ts";

const at = Date.UTC(2026, 2, 2, 12);
const site = { tenant: "default", site: "berlin" };
const agent = { tenant: "default", agent: "a1" };

function summary(key: string, value: number | string, when: number, mean?: number): ObservationSummary {
  const last = { probe: "rtp-loopback", subject: "rtp:mirror", key, value, at: when, outcome: "ok" as const };
  return { last, n: 1, bad: 0, ...(mean === undefined ? {} : { mean }) };
}

function report(seq: number, observations: readonly ObservationSummary[], shift = 0) {
  const to = at + seq * 60_000;
  const times = { from: to - 60_000, to, sealedAt: to, mono: 0, bootId: "b", configVersion: 0 };
  return {
    epoch: "e1",
    receivedAt: to,
    shift,
    report: { seq, ...times, observations: [...observations], findings: [] },
  };
}

for (const dialect of dialects)
  describe(`readings over ${dialect.name}`, () => {
    it("are the numbers of the wanted keys, oldest first, at true times", async () => {
      const store = await dialect.open(() => at);
      after(() => store.close());
      const reports = new Reports(store);
      const other = summary("rtp.codec", "pcmu", at);
      await reports.put(agent, "berlin", report(2, [summary("rtp.mos", 3.1, at + 2000, 3.4), other]));
      await reports.put(agent, "berlin", report(1, [summary("rtp.mos", 4.3, at, 4.3)], 500));
      await reports.put(agent, "munich", report(3, [summary("rtp.mos", 1, at + 3000, 1)]));
      const readings = new Readings(reports, new Set(["rtp.mos", "rtp.codec"]));
      const expected = [
        { subject: "rtp:mirror", key: "rtp.mos", value: 4.3, at: at + 500 },
        { subject: "rtp:mirror", key: "rtp.mos", value: 3.4, at: at + 2000 },
      ];
      deepEqual(await readings.of(site, 0), expected);
      deepEqual(await readings.of(site, at + 1000), expected.slice(1));
    });

    it("of reports that are deleted are told no more", async () => {
      const store = await dialect.open(() => at);
      after(() => store.close());
      const reports = new Reports(store);
      await reports.put(agent, "berlin", report(1, [summary("rtp.mos", 4.3, at, 4.3)]));
      const readings = new Readings(reports, new Set(["rtp.mos"]));
      equal((await readings.of(site, 0)).length, 1);
      await reports.prune(at + 3_600_000);
      deepEqual(await readings.of(site, 0), []);
    });
  });
