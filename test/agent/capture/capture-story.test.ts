import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSecrets } from "../../../agent/capture/mask-secrets.ts";
import { printStory } from "../../../agent/capture/print-story.ts";
import { storyPage } from "../../../agent/capture/story-page.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";
import { explained } from "./explain.ts";
import { captureFile, sdp, sip, stream, type DraftPacket } from "./make-capture.ts";

const [alice, bob] = ["192.0.2.1:5060", "198.51.100.7:5060"] as const;

function head(start: string, cseq: string, branch: string, more = ""): string {
  return `${start}
    Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${branch}
    From: <sip:alice@a.example>;tag=1
    To: <sip:bob@b.example>
    Call-ID: call-1
    CSeq: ${cseq}
    ${more}`;
}

const invite = (at: number, media = sdp("192.0.2.1", 4000), more = "Contact: <sip:alice@192.0.2.1>") =>
  sip(at, alice, bob, head("INVITE sip:bob@b.example SIP/2.0", "1 INVITE", "i", more), media);
const ringing = (at: number) => sip(at, bob, alice, head("SIP/2.0 180 Ringing", "1 INVITE", "i"));
const ok = (at: number, media = sdp("198.51.100.7", 5000)) =>
  sip(at, bob, alice, head("SIP/2.0 200 OK", "1 INVITE", "i", "Contact: <sip:bob@198.51.100.7>"), media);
const ack = (at: number) => sip(at, alice, bob, head("ACK sip:bob@198.51.100.7 SIP/2.0", "1 ACK", "a"));
const bye = (at: number) => sip(at, bob, alice, head("BYE sip:alice@192.0.2.1 SIP/2.0", "2 BYE", "b"));
const byeOk = (at: number) => sip(at, alice, bob, head("SIP/2.0 200 OK", "2 BYE", "b"));

const there = (more = {}) =>
  stream({ from: "192.0.2.1:4000", to: "198.51.100.7:5000", packets: 300, at: 1100, ...more });
const back = (more = {}) =>
  stream({ from: "198.51.100.7:5000", to: "192.0.2.1:4000", packets: 300, at: 1110, ssrc: 9, ...more });
const wholeCall = [invite(0), ringing(200), ok(1000), ack(1050), bye(7500), byeOk(7520)];
const look = (...packets: readonly DraftPacket[]) => explained(captureFile(packets));

test("a good call: who called whom, what was chosen, its streams, and nothing wrong", () => {
  const story = look(...wholeCall, ...there(), ...back());
  const [call] = story.calls;
  assert.equal(call?.course.outcome, "answered, lasted 6.5 s, ended by 198.51.100.7:5060");
  assert.deepEqual([call.dialogue.from, call.dialogue.to], ["alice@a.example", "bob@b.example"]);
  assert.match(
    story.said,
    /offered PCMU, PCMA; 198.51.100.7:5060 chose PCMU \(and takes PCMA\), media in the clear/,
  );
  assert.deepEqual(
    story.streams.map(({ call: index, codec, packets, lost, protection }) => [
      index,
      codec,
      packets,
      lost,
      protection,
    ]),
    [
      [1, "PCMU", 300, 0, "none"],
      [1, "PCMU", 300, 0, "none"],
    ],
  );
  assert.ok((story.streams[0]?.mos ?? 0) > 4.3);
  assert.deepEqual(story.causes, []);
  assert.ok(
    call.remarks.every(({ wrong }) => !wrong),
    story.said,
  );
});

test("the ladder has a line for each message, with its packet and what it repeats", () => {
  const story = look(invite(0), invite(500), ringing(700), ok(1000), ack(1050), bye(2000), byeOk(2020));
  const lines = printStory(story);
  assert.ok(
    lines.some((line) => /0\.500\s+2 {2}│ INVITE ─+▶│ {2}again \(1\)/u.test(line)),
    lines.join("\n"),
  );
  assert.match(story.said, /192.0.2.1:5060 sent its INVITE 2 times before it was answered.*\(1, 2\)/);
});

test("an answer without ACK is named, with its repetitions and the 32 s at which the call ended", () => {
  const again = [1500, 2500, 4500, 8500, 12_500].map((at) => ok(at));
  const story = look(invite(0), ok(1000), ...again, bye(33_000), byeOk(33_020));
  assert.match(
    story.said,
    /No ACK came for the 200 of packet 2, which 198.51.100.7:5060 sent 6 times.*\(2, 3, 4, 5, 6, 7\)/,
  );
  assert.match(story.said, /ended after 32 s: 64 × T1/);
  assert.equal(story.causes[0], "ack-lost");
});

test("a session that nobody could refresh is named with its time", () => {
  const update = (at: number) =>
    sip(at, alice, bob, head("UPDATE sip:bob@198.51.100.7 SIP/2.0", "3 UPDATE", "u"));
  const gone = sip(901_050, bob, alice, head("SIP/2.0 500 Server Error", "3 UPDATE", "u"));
  const story = look(invite(0), ok(1000), ack(1050), update(901_000), gone, bye(933_000), byeOk(933_010));
  assert.match(
    story.said,
    /The UPDATE that refreshes or changes the call after 15 min 0 s was refused with 500/,
  );
  assert.match(story.said, /the refresh at 900 s was given up after 32 s/);
  assert.equal(story.causes[0], "session-refresh-fails");
});

test("488: what was offered, and that none of it is taken", () => {
  const no = sip(
    100,
    bob,
    alice,
    head("SIP/2.0 488 Not Acceptable Here", "1 INVITE", "i", 'Warning: 305 b.example "no G.729"'),
  );
  const story = look(invite(0, sdp("192.0.2.1", 4000, "m=audio PORT RTP/AVP 18")), no);
  assert.match(
    story.said,
    /takes nothing of what was offered: G729 over RTP\/AVP\. It says: 305 b.example "no G.729"/,
  );
  assert.match(story.calls[0]?.course.outcome ?? "", /^not answered: 488 /);
  assert.deepEqual(story.causes, ["no-common-media"]);
});

test("packets that a mirror carries back are no choice of a codec, and another order of codecs is one", () => {
  const media = (formats: string) => `m=audio PORT RTP/AVP ${formats}\na=rtpmap:112 encaprtp/8000`;
  const called = (offer: string, answer: string) =>
    look(invite(0, sdp("192.0.2.1", 4000, offer)), ok(1000, sdp("198.51.100.7", 5000, answer)), ack(1050));
  assert.ok(!called(media("0 112"), media("112 0")).causes.includes("codec-order"));
  assert.ok(called(media("0 8"), media("8 0")).causes.includes("codec-order"));
});

test("one-way audio: the silent side and the packets of the other", () => {
  const story = look(...wholeCall, ...there());
  assert.match(story.said, /One-way audio: 300 packets went to 198.51.100.7:5000, and none came from there/);
  assert.deepEqual(story.causes, ["inbound-media-blocked"]);
  const { because } = explainedFinding(story.observations);
  assert.match(because, /packets \d+ to \d+/);
});

function explainedFinding(observations: ReturnType<typeof explained>["observations"]) {
  return { because: observations.find(({ key }) => key === "rtp.fwd.recv")?.evidence ?? "" };
}

test("loss, jitter and a wrong mark of one stream, told at that stream alone", () => {
  const story = look(...wholeCall, ...there({ packets: 300, loss: 0.05, jitterMs: 4 }), ...back({ dscp: 0 }));
  assert.ok(story.causes.includes("random-loss"), story.causes.join());
  const [first, second] = story.streams;
  assert.ok((first?.lost ?? 0) > 3);
  assert.equal(second?.lost, 0);
  assert.match(second.remarks.map(({ sentence }) => sentence).join(), /Marked DSCP 0 where voice wants 46/);
});

test("a private address told to the public side is a leak with its packet", () => {
  const story = look(
    invite(0, sdp("10.0.0.5", 4000), "Contact: <sip:alice@10.0.0.5:5060>"),
    ok(1000),
    ack(1050),
  );
  assert.match(
    story.said,
    /Contact names the private address 10.0.0.5 to the public side; the packet came from 192.0.2.1:5060. \(1\)/,
  );
  assert.ok(story.causes.includes("private-address-announced"), story.causes.join());
});

test("RTP that no SDP announced is found by its look; what is none is not", () => {
  const random = seededRandom(5);
  const noise = Array.from({ length: 60 }, (_, index) => {
    const draft = stream({ from: "192.0.2.9:53", to: "192.0.2.8:53", packets: 1, at: index * 20 })[0];
    const frame = Buffer.from(draft?.frame ?? []);
    Buffer.from(random.bytes(frame.length - 42)).copy(frame, 42);
    return { at: index * 20, frame };
  });
  const story = look(...there(), ...noise);
  assert.deepEqual(
    story.streams.map(({ source }) => source),
    ["192.0.2.1:4000"],
  );
});

test("a media key in the clear is named, and masked where messages are shown", () => {
  const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
  const media = sdp(
    "192.0.2.1",
    4000,
    `m=audio PORT RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|1:32`,
  );
  const story = look(invite(0, media), ok(1000), ack(1050));
  assert.match(story.said, /key of the encrypted media stands in the SDP, which went in the clear over UDP/);
  const shown = maskSecrets(
    `INVITE sip:a SIP/2.0\r\nAuthorization: Digest username="1001", nonce="n",\r\n response="abcdef0123", cnonce=x1\r\nTo: <sip:u:pw@h>\r\n\r\n${media}`,
  );
  for (const secret of [key, "abcdef0123", "x1", ":pw@"]) assert.ok(!shown.includes(secret), secret);
  assert.match(shown, /username="1001"/);
  assert.doesNotMatch(maskSecrets("Proxy-Authorization: Basic dTpw\r\n"), /dTpw/);
  assert.ok(!JSON.stringify(story.calls).includes(key));
});

test("the page escapes what phones send, and fetches nothing", () => {
  const hostile = sip(
    0,
    alice,
    bob,
    head("INVITE sip:<script>alert(1)</script>@b.example SIP/2.0", "1 INVITE", "i").replace(
      "alice@a",
      '"><img/src=x>@a',
    ),
    sdp("192.0.2.1", 4000),
  );
  const story = look(hostile, ...wholeCall.slice(1), ...there());
  const page = storyPage("<b>x</b>", story, []);
  assert.doesNotMatch(page, /<script|<img|<b>x|https?:\/\//i);
  assert.match(page, /<svg/);
});

test("registrations, OPTIONS and wrong passwords", () => {
  const register = (at: number, n: number, more = "") =>
    sip(at, alice, bob, head("REGISTER sip:b.example SIP/2.0", `${n} REGISTER`, `r${n}`, more));
  const asked = (at: number, n: number) =>
    sip(
      at,
      bob,
      alice,
      head(
        "SIP/2.0 401 Unauthorized",
        `${n} REGISTER`,
        `r${n}`,
        'WWW-Authenticate: Digest realm="b", nonce="1"',
      ),
    );
  const story = look(
    register(0, 1),
    asked(20, 1),
    register(40, 2, 'Authorization: Digest username="alice", response="00"'),
    asked(60, 2),
  );
  assert.equal(story.registrations.length, 1);
  assert.match(story.said, /refuses the password of this REGISTER/);
  assert.deepEqual(story.causes, ["password-refused"]);
});

test("damaged captures never throw: 6,000 files of 12 packets", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const file = captureFile([...wholeCall, ...there({ packets: 6 })]);
  for (let round = 0; round < 6000; round += 1) {
    const damaged = Buffer.from(file);
    for (let hits = random.below(12); hits >= 0; hits -= 1)
      damaged[40 + random.below(file.length - 40)] = random.below(256);
    const story = explained(damaged);
    if (round % 20 === 0) printStory(story);
  }
});
