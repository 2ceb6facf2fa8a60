import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { CaptureAnalysis } from "../../../agent/capture/capture-analysis.ts";
import type { Dialogue } from "../../../agent/capture/dialogue.ts";
import { observeLegs } from "../../../agent/capture/observe-legs.ts";
import { storyOf } from "../../../agent/capture/capture-story.ts";
import { SignedCalls } from "../../../agent/capture/signed-calls.ts";
import { CaptureDecoder } from "../../../protocol/capture/decode-capture.ts";
import { observerOf } from "../../../protocol/observe.ts";
import { signIdentity } from "../../../protocol/stir/sign-identity.ts";
import { ethernet, ipv4, udp } from "../../protocol/capture/frames.ts";
import { explained } from "./explain.ts";
import { captureFile, sdp, sip, startedAt, stream, type DraftPacket } from "./make-capture.ts";

// What a capture adds to the matrix: each planted fault is named, and the same capture without it names nothing of the kind.

const look = (...packets: readonly DraftPacket[]) => explained(captureFile(packets)).causes;

interface Message {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly start: string;
  readonly cseq: string;
  readonly call?: string;
  readonly more?: string;
  readonly body?: string;
}

/** A message of alice to bob; its branch is its Call-ID and CSeq. */
function message({ at, from, to, start, cseq, call = "1", more = "X: y", body }: Message): DraftPacket {
  const text = `${start}
    Via: SIP/2.0/UDP ${from};branch=z9hG4bK${call}${cseq.replace(" ", "")}
    From: <sip:alice@a.example>;tag=1
    To: <sip:bob@b.example>
    Call-ID: ${call}
    CSeq: ${cseq}
    ${more}`;
  return sip(at, from, to, text, body);
}

interface Leg {
  readonly from: string;
  readonly to: string;
  readonly call: string;
  readonly at: number;
  /** From the INVITE to its answer, ms. */
  readonly ringing?: number;
  readonly offer?: string;
  readonly answer?: string;
}

const audio = (formats: string) => `m=audio PORT RTP/AVP ${formats} 101\na=rtpmap:101 telephone-event/8000`;

function leg({ from, to, call, at, ringing = 300, offer = "0 8", answer = "0 8" }: Leg): DraftPacket[] {
  const host = (end: string) => end.split(":")[0] ?? "";
  const common = { call, cseq: "1 INVITE" };
  const [offered, answered] = [offer, answer].map((each) => (each.includes("m=") ? each : audio(each)));
  return [
    message({
      ...common,
      at,
      from,
      to,
      start: "INVITE sip:bob@b.example SIP/2.0",
      body: sdp(host(from), 4000, offered),
    }),
    message({
      ...common,
      at: at + ringing,
      from: to,
      to: from,
      start: "SIP/2.0 200 OK",
      body: sdp(host(to), 5000, answered),
    }),
    message({
      ...common,
      at: at + ringing + 20,
      from,
      to,
      start: "ACK sip:bob@b.example SIP/2.0",
      cseq: "1 ACK",
    }),
  ];
}

const [phone, server, far] = ["10.0.0.5:5060", "10.0.0.10:5060", "10.0.0.20:5060"] as const;
const one = { from: phone, to: server, call: "1", at: 0 };

test("C2: a server that recodes between its legs", () => {
  const calls = (answer: string) => [
    ...leg(one),
    // The server calls on, and passes the answer back when it has it.
    ...leg({ from: server, to: far, call: "2", at: 20, ringing: 200, answer }),
  ];
  assert.ok(look(...calls("8")).includes("transcoding"));
  assert.ok(!look(...calls("0 8")).includes("transcoding"));
  const later = leg({ from: server, to: far, call: "2", at: 5000, answer: "8" });
  assert.ok(!look(...leg(one), ...later).includes("transcoding"));
});

test("observeLegs() looks into the exchanges of those calls alone that may be the second leg", () => {
  const calls = [one, { from: phone, to: far, call: "2", at: 20 }].map((call) => {
    const analysis = new CaptureAnalysis();
    for (const packet of new CaptureDecoder().feed(captureFile(leg(call)))) analysis.take(packet);
    const [dialogue] = analysis.facts().dialogues;
    assert.ok(dialogue);
    return dialogue;
  });
  const [first, second] = calls;
  assert.ok(first && second);
  const closed = (change: Partial<Dialogue>): Dialogue =>
    Object.defineProperty({ ...second, ...change }, "exchanges", {
      get: () => assert.fail("the exchanges were looked into"),
    });
  const observe = observerOf("capture", "sip:x", 0);
  const others = [
    closed({ from: "x@a", to: "y@b" }),
    closed({ firstAt: first.lastAt + 1, lastAt: first.lastAt + 2 }),
  ];
  assert.deepEqual(observeLegs(observe, first, others), []);
  assert.throws(() => observeLegs(observe, first, [closed({})]), /looked into/);
});

test("C4: one payload type that means two things", () => {
  const opus = "m=audio PORT RTP/AVP 0 96\na=rtpmap:96 opus/48000/2";
  const speex = "m=audio PORT RTP/AVP 0 96\na=rtpmap:96 speex/16000";
  assert.ok(look(...leg({ ...one, offer: opus, answer: speex })).includes("payload-types-differ"));
  assert.ok(!look(...leg({ ...one, offer: opus, answer: opus })).includes("payload-types-differ"));
});

test("C7: no telephone-event", () => {
  assert.ok(look(...leg({ ...one, answer: "m=audio PORT RTP/AVP 0" })).includes("keys-not-agreed"));
  assert.ok(!look(...leg(one)).includes("keys-not-agreed"));
});

test("S6: the key of encrypted media, readable on the way", () => {
  const secured =
    "m=audio PORT RTP/SAVP 0 101\na=rtpmap:101 telephone-event/8000\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:YUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIz";
  assert.ok(look(...leg({ ...one, offer: secured, answer: secured })).includes("media-key-readable"));
  assert.ok(!look(...leg(one)).includes("media-key-readable"));
});

test("M12: a phone of the site that marks its audio wrongly; what comes from outside was cleared on its way", () => {
  const from = (source: string, dscp: number) =>
    look(...stream({ from: `${source}:4000`, to: "10.0.0.10:5000", packets: 100, dscp }));
  assert.ok(from("10.0.0.5", 0).includes("wrong-mark"));
  assert.ok(!from("10.0.0.5", 46).includes("wrong-mark"));
  assert.ok(!from("198.51.100.9", 0).includes("wrong-mark"));
});

test("C3: packets of another length than those that come", () => {
  const streams = (every: number) =>
    look(
      ...leg(one),
      ...stream({ from: "10.0.0.5:4000", to: "10.0.0.10:5000", packets: 100, at: 400 }),
      ...stream({ from: "10.0.0.10:5000", to: "10.0.0.5:4000", packets: 100, at: 400, ssrc: 7, step: every }),
    );
  assert.ok(streams(240).includes("packet-time-mismatch"));
  assert.ok(!streams(160).includes("packet-time-mismatch"));
});

test("T14: requests that come again although their answer has gone by; one that crossed it proves nothing", () => {
  const ask = (at: number) =>
    message({ at, from: phone, to: server, start: "REGISTER sip:b.example SIP/2.0", cseq: "1 REGISTER" });
  const answer = (at: number) =>
    message({ at, from: server, to: phone, start: "SIP/2.0 200 OK", cseq: "1 REGISTER" });
  assert.ok(
    look(ask(0), answer(20), ask(500), answer(520), ask(1500), answer(1520)).includes("answers-not-heard"),
  );
  assert.ok(!look(ask(0), ask(500), ask(1500), answer(1480)).includes("answers-not-heard"));
});

test("S1: guesses of passwords, with their source; logins that begin with a challenge are none", () => {
  const credentials = 'Authorization: Digest username="1", realm="r", nonce="n", uri="u", response="0"';
  const attempt = (index: number, code: string, more?: string) => {
    const common = { call: `try-${index}`, cseq: "1 REGISTER" };
    const at = index * 1000;
    return [
      message({
        ...common,
        at,
        from: phone,
        to: server,
        start: "REGISTER sip:b SIP/2.0",
        ...(more === undefined ? {} : { more }),
      }),
      message({ ...common, at: at + 10, from: server, to: phone, start: `SIP/2.0 ${code}` }),
    ];
  };
  const attempts = (code: string, more?: string) =>
    look(...Array.from({ length: 40 }, (_, index) => attempt(index, code, more)).flat());
  assert.ok(attempts("403 Forbidden", credentials).includes("brute-force"));
  assert.ok(!attempts("401 Unauthorized").includes("brute-force"));
  assert.ok(!attempts("200 OK", credentials).includes("brute-force"));
});

test("T11: the same packets by two ways; a mirrored port, and both sides of a router, show no second way", () => {
  const register = "REGISTER sip:b.example SIP/2.0\r\n";
  const packet = (at: number, cseq: number, id: number, ttl: number): DraftPacket => {
    const head = `${register}Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK${cseq}\r\nCall-ID: 1\r\nCSeq: ${cseq} REGISTER\r\n\r\n`;
    const payload = udp(5060, 5060, Buffer.from(head));
    const draft = { source: "10.0.0.5", destination: "10.0.0.10", protocol: 17, payload, id, ttl };
    return { at, frame: ethernet(0x0800, ipv4(draft)) };
  };
  const copies = (ttl: number, apart = 0) =>
    look(
      ...[1, 2, 3].flatMap((cseq) => [
        packet(cseq * 1000, cseq, cseq, 64),
        packet(cseq * 1000 + 3, cseq, cseq + apart, ttl),
      ]),
    );
  assert.ok(copies(61).includes("two-ways"));
  assert.ok(!copies(64).includes("two-ways"));
  assert.ok(!copies(63).includes("two-ways"));
  // Another id: the sender itself said it twice.
  assert.ok(!copies(61, 10).includes("two-ways"));
});

test("a signed call: what its Identity says as of the call; its certificate is fetched when asked alone", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const identity = (ageSeconds: number) =>
    signIdentity(
      {
        caller: "4930567",
        called: "4930568",
        attestation: "B",
        originId: "4f3a0c1e-0000-4000-8000-000000000001",
        issuedAt: Math.floor(startedAt / 1000) - ageSeconds,
        info: "https://certificates.example/a.pem",
      },
      privateKey,
    );
  const fetched: string[] = [];
  const look = async (header: string, asked: boolean) => {
    const calls = new SignedCalls();
    const analysis = new CaptureAnalysis({
      onMessage: (_, callId, passage, octets) => calls.take(callId, passage, octets),
    });
    const invite = { at: 0, from: phone, to: server, start: "INVITE sip:4930568@b.example SIP/2.0" };
    const file = captureFile([message({ ...invite, cseq: "1 INVITE", more: header })]);
    for (const packet of new CaptureDecoder().feed(file)) analysis.take(packet);
    const fetch = (url: string) => {
      fetched.push(url);
      return Promise.resolve({ ok: false, why: "refused" } as const);
    };
    const { observations, calls: stories } = storyOf(
      analysis.facts(),
      await calls.check(asked ? { roots: [], fetch } : undefined),
    );
    const stir = observations.filter(({ key }) => key.startsWith("stir."));
    return { remarks: stories[0]?.remarks, stir: Object.fromEntries(stir.map((each) => [each.key, each])) };
  };
  const unasked = await look(`Identity: ${identity(5)}`, false);
  assert.deepEqual(fetched, []);
  assert.equal(unasked.stir["stir.attest"]?.value, "B");
  assert.equal(unasked.stir["stir.age"]?.value, 5);
  assert.equal(unasked.stir["stir.age"]?.subject, "call:1");
  assert.equal(unasked.stir["stir.age"]?.evidence, "packet 1");
  assert.equal(unasked.stir["stir.certificate"], undefined);
  assert.ok(unasked.remarks?.some(({ sentence }) => sentence.includes("attestation B")));
  assert.deepEqual((await look("X: y", false)).stir, {});
  assert.equal((await look(`Identity: ${identity(90)}`, true)).stir["stir.certificate"]?.value, "refused");
  assert.deepEqual(fetched, ["https://certificates.example/a.pem"]);
});
