import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeQualityReport } from "../../../protocol/quality-report/decode-quality-report.ts";
import { encodeQualityReport } from "../../../protocol/quality-report/encode-quality-report.ts";
import { metricLines } from "../../../protocol/quality-report/metric-fields.ts";
import type {
  QualityMetrics,
  QualityReport,
  ReportedEnd,
} from "../../../protocol/quality-report/quality-report.ts";
import { seededRandom, type SeededRandom } from "../../fakes/seeded-random.ts";

const read = (...lines: string[]): QualityReport => {
  const report = decodeQualityReport(Buffer.from(lines.join("\r\n")));
  assert.ok(report.ok, JSON.stringify(report));
  return report.value;
};

// The forms of RFC 6035 4.6 and 5, values of our own.
const session = [
  "VQSessionReport: CallTerm",
  "CallID: 6dg37f1890463",
  "LocalID: Anna <sip:anna@pbx.example>",
  "RemoteID: Bert <sip:bert@pbx.example>",
  "OrigID: Anna <sip:anna@pbx.example>",
  "LocalGroup: phone-1",
  "RemoteGroup: gateway-9",
  "LocalAddr: IP=192.0.2.100 PORT=5000 SSRC=1a3b5c7d",
  "LocalMAC: 80:5e:c0:01:00:01",
  "RemoteAddr:IP=198.51.100.150 PORT=5002 SSRC=0x2468abcd",
  "RemoteMAC: 00:26:08:8e:95:02",
  "LocalMetrics:",
  "Timestamps:START=2026-01-10T18:23:43Z STOP=2026-01-10T18:26:02Z",
  "SessionDesc:PT=18 PD=G729 SR=8000 FD=20 FO=20 FPP=2 PPS=50",
  ' FMTP="annexb=no" PLC=3 SSUP=on',
  "JitterBuffer:JBA=3 JBR=2 JBN=40 JBM=80 JBX=120",
  "PacketLoss:NLR=5.0 JDR=2.0",
  "BurstGapLoss:BLD=0 BD=0 GLD=2.0 GD=500 GMIN=16",
  "Delay:RTD=200 ESD=140 SOWD=200 IAJ=2 MAJ=10",
  "Signal:SL=-18 NL=-50 RERL=55",
  "QualityEst:RLQ=90 RCQ=85 EXTRI=90 MOSLQ=4.2 MOSCQ=4.3",
  " QoEEstAlg=P.564",
  "RemoteMetrics:",
  "Timestamps:START=2026-01-10T18:23:43Z STOP=2026-01-10T18:26:02Z",
  "PacketLoss:NLR=0.4 JDR=0.0",
  "Delay:RTD=190 ESD=20 IAJ=12",
  "QualityEst:MOSLQ=3.9 MOSCQ=3.8",
  "DialogID:1890463548@pbx.example;to-tag=8472761;",
  " from-tag=9123dh311",
];

describe("decodeQualityReport() on RFC 6035's forms", () => {
  it("reads a session report of both ends", () => {
    const report = read(...session);
    assert.equal(report.kind, "session");
    assert.ok(report.callEnded);
    assert.equal(report.callId, "6dg37f1890463");
    assert.equal(report.localMac, "805ec0010001");
    assert.deepEqual(report.localEnd, { address: "192.0.2.100", port: 5000, ssrc: "1a3b5c7d" });
    assert.deepEqual(report.remoteEnd, { address: "198.51.100.150", port: 5002, ssrc: "2468abcd" });
    assert.equal(report.local?.start, Date.UTC(2026, 0, 10, 18, 23, 43));
    assert.equal(report.local.formatParameters, "annexb=no");
    assert.equal(report.local.silenceSuppression, "on");
    assert.equal(report.local.loss, 5);
    assert.equal(report.local.jitter, 2);
    assert.equal(report.local.conversationalMos, 4.3);
    assert.equal(report.local.algorithm, "P.564");
    assert.equal(report.remote?.loss, 0.4);
    assert.equal(report.remote.conversationalMos, 3.8);
    assert.equal(report.dialogId, "1890463548@pbx.example;to-tag=8472761; from-tag=9123dh311");
  });

  it("reads an interval report and an alert report", () => {
    assert.deepEqual(
      { ...read("VQIntervalReport", "CallID: a", "LocalMetrics:", "PacketLoss:NLR=1 JDR=0"), others: 0 },
      { kind: "interval", callEnded: false, callId: "a", local: { loss: 1, discard: 0 }, others: 0 },
    );
    const alert = read("VQAlertReport: Type=NLR Severity=Critical Dir=local", "CallID: a", "Metrics:");
    assert.deepEqual(alert.alert, { type: "NLR", severity: "Critical", direction: "local" });
  });

  it("writes what it reads", () => {
    const report = read(...session);
    assert.deepEqual(decodeQualityReport(encodeQualityReport(report)), { ok: true, value: report });
  });
});

describe("decodeQualityReport() on what phones write", () => {
  it("takes a first word without colon, names of older drafts, and lines of the phone's own", () => {
    const report = read(
      "VQSessionReport",
      "CallID:a@192.0.2.9",
      "FromID:sip:1001@pbx.example",
      "ToID:<sip:1002@pbx.example>",
      "x-UserAgent:Example Phone/1.2",
      "x-SIPterm:SDC=OK SDR=OR",
    );
    assert.equal(report.localId, "sip:1001@pbx.example");
    assert.equal(report.remoteId, "<sip:1002@pbx.example>");
    assert.equal(report.others.get("x-useragent"), "Example Phone/1.2");
  });

  it("takes indented lines of a block for lines, and real folds for folds", () => {
    const report = read(
      "VQSessionReport : CallTerm",
      "LocalMetrics:",
      "  PacketLoss:NLR=1.5 JDR=0.5",
      "  Delay:RTD=80",
      "   IAJ=3",
    );
    assert.deepEqual(report.local, { loss: 1.5, discard: 0.5, roundTrip: 80, jitter: 3 });
  });

  it("leaves out what stands for unknown", () => {
    const report = read(
      "VQSessionReport: CallTerm",
      "LocalMetrics:",
      "JitterBuffer:JBA=0 JBX=65535",
      "Delay:RTD=0 ESD=65535 IAJ=0",
      "Signal:SL=127 NL=127 RERL=127",
      "QualityEst:RLQ=127 RCQ=0 MOSLQ=12.7 MOSCQ=0.0",
    );
    assert.deepEqual(report.local, { bufferAdaptive: 0, jitter: 0 });
  });

  it("takes times without zone for UTC, and leaves out what is no time", () => {
    const report = read("VQSessionReport", "Timestamps:START=2026-01-10T18:23:43 STOP=soon");
    assert.deepEqual(report.local, { start: Date.UTC(2026, 0, 10, 18, 23, 43) });
  });

  it("refuses what is no report, with the place", () => {
    const refused = decodeQualityReport(Buffer.from("v=0\r\n"));
    assert.ok(!refused.ok);
    assert.equal(refused.why.place, "line 1");
    assert.ok(!decodeQualityReport(new Uint8Array(70_000)).ok);
  });
});

const pick = <T>(random: SeededRandom, values: readonly T[]): T => values[random.below(values.length)] as T;

function valueOf(kind: string, random: SeededRandom): string | number {
  if (kind === "text") return pick(random, ["G722", "annexb=no", "P.564", "two words", "on"]);
  if (kind === "time") return 1_700_000_000_000 + random.below(100_000_000);
  if (kind === "mos") return (10 + random.below(41)) / 10;
  return 1 + random.below(120);
}

function someMetrics(random: SeededRandom): QualityMetrics {
  const fields = metricLines.flatMap((line) => line.fields).filter(() => random.below(2) === 1);
  return Object.fromEntries([
    ["loss", 0.5],
    ...fields.map(({ property, kind }) => [property, valueOf(kind, random)]),
  ]) as QualityMetrics;
}

function someEnd(random: SeededRandom): ReportedEnd {
  return { address: `192.0.2.${random.below(255)}`, port: random.below(65_536), ssrc: "1a2b" };
}

function someReport(random: SeededRandom): QualityReport {
  const kind = pick(random, ["session", "interval", "alert"] as const);
  return {
    kind,
    callEnded: kind !== "alert" && random.below(2) === 1,
    ...(kind === "alert" ? { alert: { type: "RLQ", severity: "Warning", direction: "remote" } } : {}),
    callId: `c${random.below(1000)}`,
    localEnd: someEnd(random),
    localMac: "805ec0010001",
    ...(random.below(2) === 1 ? { local: someMetrics(random) } : {}),
    ...(random.below(2) === 1 ? { remote: someMetrics(random) } : {}),
    others: new Map(random.below(2) === 1 ? [["x-useragent", "Example"]] : []),
  };
}

it("decodeQualityReport() takes 100,000 torn reports without throwing, and whole ones come back as they were", () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const words = ["=", ":", '"', "\r\n ", "\r\n", "VQAlertReport", "LocalMetrics:", "Delay:RTD=", "\0", "ÿ"];
  for (let round = 0; round < 100_000; round += 1) {
    if (round % 10 === 0) {
      const report = someReport(random);
      assert.deepEqual(decodeQualityReport(encodeQualityReport(report)), { ok: true, value: report });
      continue;
    }
    const bytes = Buffer.from(session.slice(random.below(2), random.below(session.length)).join("\r\n"));
    for (let i = 0; i < 3 && bytes.length > 0; i += 1)
      bytes.write(pick(random, words), random.below(bytes.length));
    const read = decodeQualityReport(round % 7 === 0 ? random.bytes(random.below(80)) : bytes);
    if (!read.ok) assert.notEqual(read.why.place, "");
  }
});
