import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import { silentLog } from "../../../agent/io/log.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { callLine } from "../../../agent/quality/call-line.ts";
import { CallsOfHour } from "../../../agent/quality/calls-of-hour.ts";
import { phoneOfReport } from "../../../agent/quality/phone-of-report.ts";
import type { ReceivedReport } from "../../../agent/quality/quality-collector.ts";
import { QualityWatch } from "../../../agent/quality/quality-watch.ts";
import { SourcePace } from "../../../agent/quality/source-pace.ts";
import { decodeQualityReport } from "../../../protocol/quality-report/decode-quality-report.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

const report = (more = "", mos = "4.1") =>
  [
    "VQSessionReport: CallTerm",
    "CallID: call-1",
    "LocalID: <sip:1001@pbx.example>",
    "RemoteID: <sip:1002@pbx.example>",
    "LocalAddr: IP=192.0.2.100 PORT=5000 SSRC=1",
    "LocalMetrics:",
    "Timestamps:START=2026-01-10T18:00:00Z STOP=2026-01-10T18:02:19Z",
    "SessionDesc:PT=9 PD=G722",
    "PacketLoss:NLR=5.5 JDR=1.0",
    "Delay:RTD=40 IAJ=7",
    `QualityEst:MOSCQ=${mos}`,
    "RemoteMetrics:",
    "PacketLoss:NLR=0.2 JDR=0",
    `QualityEst:MOSCQ=4.3${more}`,
  ].join("\r\n");

function publish(
  body: string,
  { branch = "z9hG4bK1", event = "vq-rtcpxr", method = "PUBLISH" } = {},
): string {
  return [
    `${method} sip:collector@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.100:5060;branch=${branch};rport`,
    "Max-Forwards: 70",
    "From: <sip:1001@pbx.example>;tag=a",
    "To: <sip:collector@127.0.0.1>",
    `Call-ID: ${branch}`,
    `CSeq: 1 ${method}`,
    "Contact: <sip:1001@192.0.2.100>",
    `Event: ${event}`,
    "User-Agent: Example Phone 1.2 80:5e:c0:01:00:01",
    "Content-Type: application/vq-rtcpxr",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

async function open(t: TestContext, from?: string[]) {
  const seen: Observation[][] = [];
  const told: (() => void)[] = [];
  const watch = new QualityWatch({
    io: { openUdp, clock: systemClock },
    log: silentLog,
    poorBelow: 3.6,
    onObservations: (observations) => {
      seen.push([...observations]);
      for (const tell of told.splice(0)) tell();
    },
  });
  await watch.start({ address: "127.0.0.1", port: 0, ...(from === undefined ? {} : { from }) });
  t.after(() => watch.stop());
  const phone = createSocket("udp4");
  phone.bind(0, "127.0.0.1");
  await once(phone, "listening");
  t.after(() => phone.close());
  const next = () => new Promise<void>((resolve) => told.push(resolve));
  return { watch, phone, seen, next, port: watch.status?.port ?? 0 };
}

async function ask(phone: Socket, text: string, port: number): Promise<string> {
  const answer = once(phone, "message");
  phone.send(text, port, "127.0.0.1");
  const [bytes] = (await answer) as [Buffer];
  return bytes.toString();
}

const valueOf = (observations: readonly Observation[] | undefined, key: string) =>
  observations?.find((each) => each.key === key)?.value;

describe("QualityWatch", () => {
  it("answers a PUBLISH with an entity tag, and observes both directions and the hour", async (t) => {
    const { phone, seen, next, port } = await open(t);
    const came = next();
    const answer = await ask(phone, publish(report()), port);
    assert.match(answer, /^SIP\/2\.0 200 OK\r\n/);
    assert.match(answer, /\r\nSIP-ETag: [0-9a-f]{16}\r\n/);
    assert.match(answer, /\r\nExpires: 3600\r\n/);
    await came;
    const [observations] = seen;
    for (const each of observations ?? []) {
      assert.ok(each.key in observationKeys, each.key);
      assert.equal(each.subject, "phone:805ec0010001");
    }
    assert.equal(valueOf(observations, "rtp.rev.loss"), 5.5);
    assert.equal(valueOf(observations, "rtp.fwd.loss"), 0.2);
    assert.equal(valueOf(observations, "rtp.mos.rev"), 4.1);
    assert.equal(valueOf(observations, "rtp.mos.fwd"), 4.3);
    assert.equal(valueOf(observations, "call.seconds"), 139);
    assert.equal(valueOf(observations, "calls.hour"), 1);
    assert.equal(valueOf(observations, "calls.hour.poor"), 0);
  });

  it("answers a repeated PUBLISH the same, and counts its report once", async (t) => {
    const { watch, phone, port, next } = await open(t);
    const came = next();
    const first = await ask(phone, publish(report()), port);
    assert.equal(await ask(phone, publish(report()), port), first);
    await came;
    assert.deepEqual([watch.status?.reports, watch.status?.repeated], [1, 1]);
  });

  it("takes a NOTIFY, an end of the publication and OPTIONS, and refuses the rest with a reason", async (t) => {
    const { phone, port, seen, next } = await open(t);
    const came = next();
    const codes: string[] = [];
    for (const [at, text] of [
      publish(report(), { method: "NOTIFY", branch: "z9hG4bKa" }),
      publish("", { branch: "z9hG4bKb" }),
      publish("", { branch: "z9hG4bKc", method: "OPTIONS" }),
      publish(report(), { branch: "z9hG4bKd", event: "presence" }),
      publish("v=0", { branch: "z9hG4bKe" }),
      publish("", { branch: "z9hG4bKf", method: "REGISTER" }),
      publish(report(), { branch: "z9hG4bKg" }).replace("vq-rtcpxr\r\nContent-L", "sdp\r\nContent-L"),
    ].entries())
      codes[at] = (await ask(phone, text, port)).slice(8, 11);
    assert.deepEqual(codes, ["200", "200", "200", "489", "400", "405", "415"]);
    // The phone's place is looked up before its report is told; the answer does not wait for that.
    await came;
    assert.equal(seen.length, 1);
  });

  it("takes reports by TCP, however they are cut, and answers a ping", async (t) => {
    const { port, seen, next } = await open(t);
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    const came = next();
    const text = publish(report()).replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    socket.write(text.slice(0, 200));
    socket.write(`${text.slice(200)}`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(answer.toString(), /^SIP\/2\.0 200 /);
    await came;
    assert.equal(valueOf(seen[0], "call.peer"), "1002");
    socket.write("\r\n\r\n");
    const [pong] = (await once(socket, "data")) as [Buffer];
    assert.equal(pong.toString(), "\r\n");
  });

  it("neither reads nor answers who is in none of the networks", async (t) => {
    const { watch, phone, port } = await open(t, ["192.0.2.0/24"]);
    phone.send(publish(report()), port, "127.0.0.1");
    const socket = connect(port, "127.0.0.1");
    await once(socket, "close");
    while ((watch.status?.foreign ?? 0) < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(watch.status?.reports, 0);
  });
});

const received = (body: string, more: Partial<ReceivedReport> = {}): ReceivedReport => {
  const read = decodeQualityReport(Buffer.from(body));
  assert.ok(read.ok);
  return { report: read.value, from: { address: "192.0.2.7", port: 5060 }, at: 0, raw: body, ...more };
};

describe("phoneOfReport()", () => {
  const cases: [string, Partial<ReceivedReport>, string][] = [
    ["the report's own MAC", {}, "phone:805ec0010002"],
    [
      "the SIP instance",
      { contact: '<sip:a@b>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0010003>"' },
      "phone:805ec0010003",
    ],
    ["the User-Agent", { userAgent: "PolyVVX-VVX_401-UA/6.4 0004f2010001" }, "phone:0004f2010001"],
    ["nothing", {}, "phone:1001@192.0.2.100"],
  ];
  for (const [by, more, subject] of cases)
    it(`knows a phone by ${by}`, () => {
      const body = by.startsWith("the report")
        ? report().replace("LocalMetrics:", "LocalMAC: 805EC0010002\r\nLocalMetrics:")
        : report();
      assert.equal(phoneOfReport(received(body, more), new Map()), subject);
    });
  it("knows a phone by the neighbour table", () => {
    assert.equal(
      phoneOfReport(received(report()), new Map([["192.0.2.100", "805ec0010009"]])),
      "phone:805ec0010009",
    );
  });
});

describe("CallsOfHour", () => {
  it("counts poor calls by the worse end, one call once, and forgets after an hour", () => {
    const hours = new CallsOfHour(3.6);
    hours.add(received(report("", "3.0"), { at: 1000 }), "phone:a");
    hours.add(received(report("", "3.2"), { at: 2000 }), "phone:a");
    const other = report("", "4.0").replace("call-1", "call-2");
    hours.add(received(other, { at: 3000 }), "phone:a");
    const values = hours.observations("phone:a", 4000).map(({ key, value }) => [key, value]);
    assert.deepEqual(values, [
      ["calls.hour", 2],
      ["calls.hour.poor", 1],
      ["calls.hour.mos", 3.6],
      ["calls.hour.mos.min", 3.2],
    ]);
    assert.deepEqual(hours.subjects(3_604_000), []);
  });
});

it("callLine() tells a call in one line and lets no control byte through", () => {
  const line = callLine(received(report().replace("sip:1002", "sip:10\u001b02")), "phone:805ec0010001");
  assert.ok(!line.includes("\u001b"));
  assert.match(
    line,
    /heard MOS 4\.1, loss 5\.5 %, late 1 %, jitter 7 ms {2}sent MOS 4\.3, loss 0\.2 % {2}round trip 40 ms/,
  );
});

it("SourcePace lets a burst through, then so many a second, each source by itself", () => {
  const pace = new SourcePace();
  const admitted = Array.from({ length: 200 }, () => pace.admits("a", 0)).filter(Boolean).length;
  assert.equal(admitted, 100);
  assert.ok(pace.admits("b", 0));
  assert.ok(!pace.admits("a", 0));
  assert.ok(pace.admits("a", 100));
});
