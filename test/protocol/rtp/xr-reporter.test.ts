import assert from "node:assert/strict";
import { test } from "node:test";
import { RtcpReporter } from "../../../protocol/rtp/rtcp-reporter.ts";
import { decodeXrBlocks, encodeXrBlocks } from "../../../protocol/rtp/rtcp-xr.ts";
import { XrReporter } from "../../../protocol/rtp/xr-reporter.ts";

/** The loss of sip-rtp.md 10.1: a burst from 23 to 34 with four lost, and two lost alone. */
const lost = new Set([2, 23, 26, 31, 34, 55]);

function heardStream(reporter: XrReporter) {
  for (let i = 0; i < 63; i += 1) if (!lost.has(i)) reporter.take(65_500 + i, 20 * i, 1000 + 20 * i, 0.5);
}

test("XrReporter writes VoIP metrics and a summary of what came, over the wrap of numbers", () => {
  const reporter = new XrReporter(1, 8000, "g711-plc");
  heardStream(reporter);
  const blocks = reporter.write(9, 5000, 30);
  const metrics = blocks.find((block) => block.kind === "voip-metrics")?.metrics;
  assert.equal(metrics?.ssrc, 9);
  assert.equal(metrics.burstDensity, 85);
  assert.equal(metrics.gapDensity, 10);
  assert.equal(metrics.burstDuration, 240);
  assert.equal(metrics.lossRate, Math.floor((256 * 6) / 63));
  assert.equal(metrics.discardRate, 0);
  assert.equal(metrics.roundTrip, 30);
  assert.ok(metrics.mosConversational >= 10 && metrics.mosConversational < 44);
  const summary = blocks.find((block) => block.kind === "statistics-summary")?.summary;
  assert.equal(summary?.lost, 6);
  assert.equal(summary.jitterMean, 4);
  assert.equal(summary.jitterDeviation, 0);
});

test("XrReporter begins new statistics only after the last ones went out", () => {
  const reporter = new XrReporter(1, 8000);
  heardStream(reporter);
  const lossNow = () =>
    reporter.write(9, 5000, undefined).find((block) => block.kind === "statistics-summary")?.summary.lost;
  assert.deepEqual([lossNow(), lossNow()], [6, 6]);
  reporter.written();
  assert.equal(lossNow(), 0);
});

test("XrReporter looks back at 65,536 packets at most, however far the numbers leap", () => {
  const reporter = new XrReporter(1, 8000);
  for (let i = 0; i < 200; i += 1) reporter.take(1000 + 3000 * i, i * 20, i * 20, 0);
  const blocks = reporter.write(2, 0, undefined);
  const summary = blocks.find((block) => block.kind === "statistics-summary")?.summary;
  const newest = 1000 + 3000 * 199;
  assert.deepEqual([summary?.begin, summary?.end], [newest + 1 - 65_536, newest + 1]);
  assert.equal(summary?.lost, 65_536 - 22);
});

test("encodeXrBlocks() and decodeXrBlocks() keep what XrReporter writes, but for the wraps of its numbers", () => {
  const reporter = new XrReporter(1, 8000, "g711");
  heardStream(reporter);
  reporter.hear([{ kind: "receiver-time", ntpSeconds: 5, ntpFraction: 6 }], 9, 4000);
  const bytes = encodeXrBlocks(reporter.write(9, 5000, undefined));
  const read = decodeXrBlocks(bytes, 0);
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.map(({ kind }) => kind),
    ["receiver-time", "since-receiver-time", "statistics-summary", "voip-metrics"],
  );
  assert.deepEqual(encodeXrBlocks(read.value), bytes);
});

test("two RtcpReporters tell each other the round trip by RRT and DLRR, and a score; an answer fits into the room of its question", () => {
  const [near, far] = [1, 2].map(
    (ssrc) => new RtcpReporter(ssrc, 8000, `reporter-${ssrc}`, { codec: "g711-plc" }),
  );
  assert.ok(near !== undefined && far !== undefined);
  for (const [ear, ssrc] of [
    [near, 2],
    [far, 1],
  ] as const)
    for (let i = 0; i < 50; i += 1)
      ear.take(
        {
          marker: false,
          payloadType: 0,
          sequence: i,
          timestamp: 160 * i,
          ssrc,
          csrc: [],
          payload: new Uint8Array(160),
          padding: 0,
        },
        1000 + 20 * i,
      );
  const asked = near.write(10_000, 0);
  assert.ok(asked !== undefined && far.hear(asked, 10_015));
  const told = far.write(10_020, 0, { room: asked.length });
  assert.ok(told !== undefined && told.length <= asked.length);
  assert.ok(near.hear(told, 10_035));
  const { xr } = near.heard;
  assert.ok(Math.abs((xr.roundTrip ?? 0) - 30) < 0.1, String(xr.roundTrip));
  assert.equal(xr.metrics?.mosConversational, 44);
  assert.equal(xr.summary?.lost, 0);
});
