import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ArrivalCount,
  askArrivals,
  asksArrivals,
  decodeArrivals,
  tellArrivals,
} from "../../../protocol/rtp/arrivals.ts";
import { decodeRtcp, encodeRtcp } from "../../../protocol/rtp/rtcp.ts";
import { RtcpReporter } from "../../../protocol/rtp/rtcp-reporter.ts";
import { decodeDscpAttribute, dscpAttribute } from "../../../protocol/sdp/dscp.ts";
import { decodeArrived, encodeArrived } from "../../../protocol/sip/arrived-header.ts";
import { randomBytes, seededRandom } from "./seeded-random.ts";

test("ArrivalCount counts alike packets, most first, and passes over what the system does not tell", () => {
  const count = new ArrivalCount();
  count.take({ tos: 0, ttl: 62 });
  count.take({ tos: 184, ttl: 62 });
  count.take({ tos: 184, ttl: 62 });
  count.take({ tos: 184 });
  count.take({});
  assert.deepEqual(count.all, [
    { tos: 184, ttl: 62, packets: 2 },
    { tos: 0, ttl: 62, packets: 1 },
  ]);
});

const told = [
  { tos: 184, ttl: 62, packets: 4_000_000_000 },
  { tos: 1, ttl: 255, packets: 3 },
];

test("tellArrivals() in octets, as docs/mirror.md has them", () => {
  assert.equal(
    Buffer.from(encodeRtcp([tellArrivals(7, told)])).toString("hex"),
    `81cc000a000000074f464648${"b83e0000ee6b2800"}${"01ff000000000003"}${"00".repeat(16)}`,
  );
});

test("decodeArrivals() reads what tellArrivals() wrote, four kinds at most; the question is as long as the answer", () => {
  const many = Array.from({ length: 6 }, (_, i) => ({ tos: i, ttl: 64, packets: 60 - i }));
  for (const arrivals of [[], told, many]) {
    const read = decodeRtcp(encodeRtcp([tellArrivals(7, arrivals)]));
    const [packet] = read.ok ? read.value : [];
    assert.ok(packet !== undefined && !asksArrivals(packet));
    assert.deepEqual(decodeArrivals(packet), { ok: true, value: arrivals.slice(0, 4) });
  }
  assert.equal(encodeRtcp([askArrivals(7)]).length, encodeRtcp([tellArrivals(7, told)]).length);
  assert.ok(asksArrivals(askArrivals(7)));
  assert.equal(decodeArrivals(askArrivals(7)), undefined);
});

test("decodeArrivals() and decodeArrived() never throw (fuzz)", (t) => {
  const random = seededRandom(t);
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const data =
      i % 2 === 0
        ? Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256))
        : randomBytes(random, 40);
    const read = decodeArrivals({ kind: "application", ssrc: i, subtype: 1, name: "OFFH", data });
    assert.ok(read !== undefined);
    if (read.ok) {
      taken += 1;
      assert.deepEqual(decodeArrivals(tellArrivals(i, read.value)), read);
    } else assert.notEqual(data.length, 32);
    const text = `tos=${Math.floor(random() * 300)};ttl=${Math.floor(random() * 300)}`;
    const header = decodeArrived(random() < 0.5 ? text : text.slice(Math.floor(random() * text.length)));
    if (header.ok) assert.equal(encodeArrived(header.value), text);
  }
  assert.ok(taken >= 50_000);
});

test("RtcpReporter takes up the answer, tells that it was asked, and leaves `more` out where there is no room", () => {
  const source = new RtcpReporter(1, 8000, "source");
  const mirror = new RtcpReporter(2, 8000, "mirror");
  const question = source.write(0, 0, { more: [askArrivals(1)] });
  assert.ok(question !== undefined && mirror.hear(question, 0));
  assert.ok(mirror.heard.asks);
  const answer = mirror.write(0, 0, { room: question.length, more: [tellArrivals(2, told)] });
  assert.ok(answer !== undefined && answer.length <= question.length && source.hear(answer, 0));
  assert.deepEqual(source.heard.arrivals, told);
  assert.ok(!source.heard.asks);
  const short = mirror.write(0, 0, { room: 40, more: [tellArrivals(2, told)] });
  assert.ok(short !== undefined && short.length <= 40);
  // Another compound without it takes nothing back.
  assert.ok(source.hear(short, 0));
  assert.deepEqual(source.heard.arrivals, told);
});

test("decodeDscpAttribute() reads what dscpAttribute() wrote, and nothing else", () => {
  const media = (value: string) => ({
    kind: "audio",
    port: 4,
    profile: "RTP/AVP",
    formats: ["0"],
    lines: [{ type: "a", value }],
  });
  for (const dscp of [0, 46, 63]) assert.equal(decodeDscpAttribute(media(dscpAttribute(dscp))), dscp);
  for (const value of ["x-offhook-dscp:64", "x-offhook-dscp:-1", "x-offhook-dscp:", "x-offhook-dscp", "x:1"])
    assert.equal(decodeDscpAttribute(media(value)), undefined);
});
