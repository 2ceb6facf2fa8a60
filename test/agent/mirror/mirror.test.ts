import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { systemClock } from "../../../agent/io/clock.ts";
import { nativeSockets } from "../../../agent/io/udp/native-sockets.ts";
import { openUdp, type Datagram } from "../../../agent/io/udp/udp.ts";
import { startMirror, type MirrorEvent, type MirrorOptions } from "../../../agent/mirror/mirror.ts";
import { askArrivals } from "../../../protocol/rtp/arrivals.ts";
import { decodeMirrorTotals, mirrorTotalsHeader } from "../../../protocol/rtp/mirror-totals.ts";
import { encodeRtp } from "../../../protocol/rtp/packet.ts";
import { RtcpReporter } from "../../../protocol/rtp/rtcp-reporter.ts";
import { Secret } from "../../../protocol/secret.ts";
import { arrivedHeader, decodeArrived } from "../../../protocol/sip/arrived-header.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { dialogOf, requestInDialog } from "../../../protocol/sip/dialog.ts";
import { answerChallenge, readChallenges } from "../../../protocol/sip/digest.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipRequest, type SipResponse } from "../../../protocol/sip/message.ts";
import { buildRequest, optionsRequest, retryRequest } from "../../../protocol/sip/request.ts";

const io = { openUdp, clock: systemClock };

async function mirrorFor(t: TestContext, options: Partial<MirrorOptions> = {}) {
  const events: MirrorEvent[] = [];
  const mirror = await startMirror(
    {
      address: "127.0.0.1",
      sipPort: 0,
      rtpPorts: { from: 0, to: 0 },
      log: (event) => events.push(event),
      ...options,
    },
    io,
  );
  t.after(() => mirror[Symbol.asyncDispose]());
  return { mirror, events };
}

/** A bare socket: the test sends what it likes and looks at each datagram that comes. */
async function peerFor(t: TestContext, port: number) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const local = { address: "127.0.0.1", port: socket.address().port };
  const next = async (): Promise<Buffer> => ((await once(socket, "message")) as [Buffer])[0];
  const ask = async (request: SipRequest): Promise<SipResponse> => {
    const coming = next();
    socket.send(encodeSip(request), port, "127.0.0.1");
    const read = decodeSip(await coming);
    assert.ok(read.ok && read.value.message.kind === "response");
    return read.value.message;
  };
  return {
    socket,
    local,
    next,
    ask,
    tell: (bytes: Uint8Array, to = port) => socket.send(bytes, to, "127.0.0.1"),
  };
}

type Peer = Awaited<ReturnType<typeof peerFor>>;

let branches = 0;
const parts = (peer: Peer, callId: string) => ({
  uri: "sip:mirror@127.0.0.1",
  transport: "udp" as const,
  local: peer.local,
  from: "sip:offhook@127.0.0.1",
  to: "sip:mirror@127.0.0.1",
  callId,
  fromTag: "from",
  cseq: 1,
  branch: `z9hG4bK${(branches += 1)}`,
  userAgent: "test",
});

const loopbackOffer = (peer: Peer, ssrc?: number) =>
  [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${peer.local.port} RTP/AVP 0 112`,
    "a=rtpmap:112 encaprtp/8000",
    ...(ssrc === undefined ? [] : [`a=ssrc:${ssrc} cname:x`]),
    "a=loopback:rtp-pkt-loopback",
    "a=loopback-source",
    "",
  ].join("\r\n");

const invite = (peer: Peer, callId: string, sdp: string) =>
  buildRequest({
    ...parts(peer, callId),
    method: "INVITE",
    body: { type: "application/sdp", bytes: Buffer.from(sdp) },
  });

/** INVITE, 200, ACK: gives the dialog and the RTP port of the answer. */
async function callUp(peer: Peer, callId: string, sdp: string) {
  const request = invite(peer, callId, sdp);
  const response = await peer.ask(request);
  assert.equal(response.code, 200);
  const dialog = dialogOf(request, response);
  assert.ok(dialog);
  const inDialog = (method: string) =>
    requestInDialog(dialog, { ...parts(peer, callId), method, branch: `z9hG4bK${(branches += 1)}` });
  peer.tell(encodeSip(inDialog("ACK")));
  const answer = Buffer.from(response.body).toString();
  return { answer, inDialog, rtpPort: Number(/m=audio (\d+)/u.exec(answer)?.[1]) };
}

const rtp = (ssrc: number, sequence = 1, payloadType = 0) =>
  encodeRtp({ marker: false, payloadType, sequence, timestamp: 0, ssrc, payload: new Uint8Array(160) });

test("the mirror answers OPTIONS with 200 to the port that asked", async (t) => {
  const { mirror } = await mirrorFor(t, { token: new Secret("x") });
  const peer = await peerFor(t, mirror.sipPort);
  const response = await peer.ask(optionsRequest(parts(peer, "options")));
  assert.equal(response.code, 200);
  assert.match(headerValue(response, "Via") ?? "", new RegExp(`rport=${peer.local.port}`, "u"));
});

test("the mirror answers a loopback offer as mirror, with encaprtp", async (t) => {
  const { mirror } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const { answer } = await callUp(peer, "loop", loopbackOffer(peer));
  assert.match(answer, /a=loopback:rtp-pkt-loopback\r\na=loopback-mirror\r\n/u);
  assert.match(answer, /m=audio \d+ RTP\/AVP 112 0\r\n/u);
});

test("a repeated INVITE gets the same answer and no second session", async (t) => {
  const { mirror, events } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const request = invite(peer, "again", loopbackOffer(peer));
  const [first, second] = [await peer.ask(request), await peer.ask(request)];
  assert.deepEqual(second, first);
  assert.equal(mirror.sessions, 1);
  assert.equal(events.length, 1);
});

test("a call without ACK mirrors nothing; with it, BYE brings the totals", async (t) => {
  const { mirror } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const request = invite(peer, "ack", loopbackOffer(peer, 5));
  const response = await peer.ask(request);
  const rtpPort = Number(/m=audio (\d+)/u.exec(Buffer.from(response.body).toString())?.[1]);
  const media = await peerFor(t, rtpPort);
  media.tell(rtp(5, 1));
  // Whatever the mirror answers to the first would come before the answer to OPTIONS.
  await peer.ask(optionsRequest(parts(peer, "fence")));
  const dialog = dialogOf(request, response);
  assert.ok(dialog);
  const inDialog = (method: string) =>
    requestInDialog(dialog, { ...parts(peer, "ack"), method, branch: `z9hG4bK${(branches += 1)}` });
  peer.tell(encodeSip(inDialog("ACK")));
  await peer.ask(optionsRequest(parts(peer, "fence2")));
  const back = media.next();
  media.tell(rtp(5, 2));
  assert.equal((await back).length, 172 + 16);
  const bye = await peer.ask(inDialog("BYE"));
  assert.equal(bye.code, 200);
  assert.deepEqual(decodeMirrorTotals(headerValue(bye, mirrorTotalsHeader) ?? ""), {
    ok: true,
    value: { received: 1, sent: 1, limited: 0 },
  });
  const again = await peer.ask(inDialog("BYE"));
  assert.equal(headerValue(again, mirrorTotalsHeader), headerValue(bye, mirrorTotalsHeader));
});

test("the mirror stays silent to a wrong SSRC, another address, and its own type; the log says so", async (t) => {
  const { mirror, events } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const { rtpPort, inDialog } = await callUp(peer, "silent", loopbackOffer(peer, 5));
  await peer.ask(optionsRequest(parts(peer, "fence")));
  const media = await peerFor(t, rtpPort);
  const heard: Buffer[] = [];
  media.socket.on("message", (bytes) => heard.push(bytes));
  media.tell(rtp(6));
  media.tell(rtp(5, 1, 112));
  const elsewhere = createSocket("udp4");
  elsewhere.bind(0, "127.0.0.2");
  await once(elsewhere, "listening");
  t.after(() => elsewhere.close());
  await new Promise((sent) => elsewhere.send(rtp(5), rtpPort, "127.0.0.1", sent));
  const back = once(media.socket, "message");
  media.tell(rtp(5, 2));
  await back;
  assert.equal(heard.length, 1);
  await peer.ask(inDialog("BYE"));
  const ended = events.find((event) => event.event === "session-ended");
  assert.deepEqual(ended?.refused, { "another SSRC": 1, "other payload type": 1, "another source": 1 });
});

test("a call without loopback gets a plain echo", async (t) => {
  const { mirror } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const sdp = `v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n`;
  const { answer, rtpPort } = await callUp(peer, "echo", sdp);
  assert.match(answer, /m=audio \d+ RTP\/AVP 8 101\r\n/u);
  assert.doesNotMatch(answer, /loopback/u);
  await peer.ask(optionsRequest(parts(peer, "fence")));
  const media = await peerFor(t, rtpPort);
  const back = media.next();
  media.tell(rtp(77, 3, 8));
  assert.equal((await back).length, 172);
});

for (const [about, loopback, expected] of [
  [
    "the direct format of packet loopback",
    "rtp-pkt-loopback",
    /RTP\/AVP 113 0\r\n.*rtpmap:113 rtploopback/su,
  ],
  [
    "media loopback, which it likes less than packets",
    "rtp-media-loopback rtp-pkt-loopback",
    /RTP\/AVP 0\r\n.*rtp-media-loopback\r\n/su,
  ],
] as const) {
  test(`an offer of ${about} is answered with exactly that`, async (t) => {
    const { mirror } = await mirrorFor(t);
    const peer = await peerFor(t, mirror.sipPort);
    const sdp = `v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0 113\r\na=rtpmap:113 rtploopback/8000\r\na=loopback: ${loopback}\r\na=loopback-source\r\n`;
    const { answer, rtpPort } = await callUp(peer, "loop", sdp);
    assert.match(answer, expected);
    assert.match(answer, /a=loopback-mirror\r\n/u);
    await peer.ask(optionsRequest(parts(peer, "fence")));
    const media = await peerFor(t, rtpPort);
    const back = media.next();
    media.tell(rtp(77, 3, 0));
    assert.equal((await back).length, 172);
  });
}

for (const [about, sdp] of [
  ["no SDP", ""],
  [
    "the mirror role",
    "v=0\r\nm=audio 4 RTP/AVP 0 112\r\na=rtpmap:112 encaprtp/8000\r\na=loopback:rtp-pkt-loopback\r\na=loopback-mirror\r\n",
  ],
  [
    "media loopback of what it cannot decode",
    "v=0\r\nm=audio 4 RTP/AVP 9\r\na=loopback:rtp-media-loopback\r\na=loopback-source\r\n",
  ],
  ["sendonly", "v=0\r\nm=audio 4 RTP/AVP 0\r\na=sendonly\r\n"],
  ["SRTP without keys", "v=0\r\nm=audio 4 RTP/SAVP 0\r\n"],
  ["no format we know", "v=0\r\nm=audio 4 RTP/AVP 99\r\n"],
] as const) {
  test(`the mirror refuses an offer with ${about}: 488 and why`, async (t) => {
    const { mirror } = await mirrorFor(t);
    const peer = await peerFor(t, mirror.sipPort);
    const response = await peer.ask(invite(peer, "bad", sdp));
    assert.equal(response.code, 488);
    assert.match(headerValue(response, "Warning") ?? "", /^399 offhook "/u);
  });
}

test("a token: 401 first, 403 for a wrong one, 200 for the right one, and no nonce twice", async (t) => {
  const { mirror } = await mirrorFor(t, { token: new Secret("right") });
  const peer = await peerFor(t, mirror.sipPort);
  const first = invite(peer, "auth", loopbackOffer(peer));
  const challenged = await peer.ask(first);
  assert.equal(challenged.code, 401);
  const [challenge] = readChallenges(challenged).challenges;
  assert.ok(challenge);
  const with_ = (request: SipRequest, token: string) => {
    const account = { user: "mirror", password: new Secret(token) };
    const header = answerChallenge(challenge, request, account, { cnonce: "c", nonceCount: 1 });
    return retryRequest(request, `z9hG4bK${(branches += 1)}`, [header]);
  };
  assert.equal((await peer.ask(with_(first, "wrong"))).code, 403);
  assert.equal((await peer.ask(with_(first, "right"))).code, 200);
  const replay = with_(invite(peer, "auth2", loopbackOffer(peer)), "right");
  assert.equal((await peer.ask(replay)).code, 401);
});

test("the mirror takes no more sessions than its limit: 486", async (t) => {
  const { mirror } = await mirrorFor(t, { limits: { sessions: 1 } });
  const peer = await peerFor(t, mirror.sipPort);
  await callUp(peer, "one", loopbackOffer(peer));
  assert.equal((await peer.ask(invite(peer, "two", loopbackOffer(peer)))).code, 486);
});

test("the mirror gives 503 when its RTP range has no free port", async (t) => {
  const taken = createSocket("udp4");
  taken.bind(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const port = taken.address().port & ~1;
  const second = createSocket("udp4");
  if (port !== taken.address().port) {
    second.bind(port, "127.0.0.1");
    await Promise.race([once(second, "listening"), once(second, "error")]);
  }
  t.after(() => second.close());
  const { mirror } = await mirrorFor(t, { rtpPorts: { from: port, to: port } });
  const peer = await peerFor(t, mirror.sipPort);
  assert.equal((await peer.ask(invite(peer, "full", loopbackOffer(peer)))).code, 503);
});

test("BYE and INVITE for a call nobody knows: 481; another method: 405", async (t) => {
  const { mirror } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const stranger = { ...parts(peer, "nobody"), toTag: "x" };
  assert.equal((await peer.ask(buildRequest({ ...stranger, method: "BYE" }))).code, 481);
  assert.equal((await peer.ask(buildRequest({ ...stranger, method: "INVITE" }))).code, 481);
  assert.equal((await peer.ask(buildRequest({ ...parts(peer, "x"), method: "SUBSCRIBE" }))).code, 405);
});

test("the mirror outlives garbage, and logs it", async (t) => {
  const { mirror, events } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  peer.tell(Buffer.from("\r\n\r\n"));
  peer.tell(Buffer.from("garbage"));
  peer.tell(Buffer.from("SIP/2.0 200 OK\r\n\r\n"));
  assert.equal((await peer.ask(optionsRequest(parts(peer, "after")))).code, 200);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["garbled"],
  );
});

test("the mirror ends a session at its time limit and still answers BYE with the totals", async (t) => {
  const ended = Promise.withResolvers<void>();
  const { mirror } = await mirrorFor(t, {
    limits: { seconds: 0.05 },
    log: (event) => event.event === "session-ended" && event.why === "time limit" && ended.resolve(),
  });
  const peer = await peerFor(t, mirror.sipPort);
  const { inDialog } = await callUp(peer, "long", loopbackOffer(peer));
  await ended.promise;
  assert.equal(mirror.sessions, 0);
  assert.ok(headerValue(await peer.ask(inDialog("BYE")), mirrorTotalsHeader));
});

const marked = nativeSockets() === undefined ? "needs Linux and koffi" : false;

/** A source of media with a marking of its own, heard with its control data. */
async function markedSource(t: TestContext, tos: number, ttl: number) {
  const socket = await openUdp({ localAddress: "127.0.0.1", control: true, header: { tos, ttl } });
  t.after(() => socket[Symbol.asyncDispose]());
  const waiting: ((datagram: Datagram) => void)[] = [];
  socket.listen(
    (datagram) => waiting.shift()?.(datagram),
    () => {},
  );
  return async (bytes: Uint8Array, port: number) => {
    const answer = new Promise<Datagram>((resolve) => {
      waiting.push(resolve);
    });
    await socket.send(bytes, port, "127.0.0.1");
    return answer;
  };
}

test(
  "the mirror marks as the offer asks, and tells by RTCP how packets arrived, no larger than asked",
  { skip: marked },
  async (t) => {
    const { mirror, events } = await mirrorFor(t);
    const peer = await peerFor(t, mirror.sipPort);
    const { answer, rtpPort, inDialog } = await callUp(
      peer,
      "marked",
      `${loopbackOffer(peer, 5)}a=x-offhook-dscp:34\r\n`,
    );
    assert.match(answer, /a=x-offhook-dscp:34\r\n/u);
    await peer.ask(optionsRequest(parts(peer, "fence")));
    const exchange = await markedSource(t, 0xb8, 33);
    const looped = await exchange(rtp(5, 1), rtpPort);
    assert.equal(looped.tos, 34 << 2);
    const reporter = new RtcpReporter(5, 8000, "source");
    const plain = reporter.write(0, 0) ?? new Uint8Array();
    assert.ok(reporter.hear((await exchange(plain, rtpPort)).bytes, 0));
    assert.equal(reporter.heard.arrivals, undefined);
    const question = reporter.write(0, 0, { more: [askArrivals(5)] }) ?? new Uint8Array();
    const told = await exchange(question, rtpPort);
    assert.ok(told.bytes.length <= question.length);
    assert.ok(reporter.hear(told.bytes, 0));
    assert.deepEqual(reporter.heard.arrivals, [{ tos: 0xb8, ttl: 33, packets: 1 }]);
    await peer.ask(inDialog("BYE"));
    const ended = events.find((event) => event.event === "session-ended");
    assert.deepEqual(ended?.arrivals, [{ tos: 0xb8, ttl: 33, packets: 1 }]);
  },
);

test("the mirror's answer to OPTIONS says how the request arrived", { skip: marked }, async (t) => {
  const { mirror } = await mirrorFor(t);
  const exchange = await markedSource(t, 0x60, 21);
  const request = optionsRequest({
    ...parts(await peerFor(t, mirror.sipPort), "arrived"),
    transport: "udp",
  });
  const read = decodeSip((await exchange(encodeSip(request), mirror.sipPort)).bytes);
  assert.ok(read.ok && read.value.message.kind === "response");
  assert.deepEqual(decodeArrived(headerValue(read.value.message, arrivedHeader) ?? ""), {
    ok: true,
    value: { tos: 0x60, ttl: 21 },
  });
});

test(
  "the mirror closes an RTP port that was still being opened when it stopped",
  { timeout: 5000 },
  async (t) => {
    const [asked, mayOpen, closed] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    let opened = 0;
    const slowly: typeof openUdp = async (options) => {
      const socket = await openUdp(options);
      opened += 1;
      if (opened === 1) return socket;
      asked.resolve();
      await mayOpen.promise;
      const close = socket[Symbol.asyncDispose].bind(socket);
      t.after(close);
      socket[Symbol.asyncDispose] = async () => {
        await close();
        closed.resolve();
      };
      return socket;
    };
    const ports = { sipPort: 0, rtpPorts: { from: 0, to: 0 } };
    const mirror = await startMirror(
      { address: "127.0.0.1", ...ports, log: () => {} },
      { ...io, openUdp: slowly },
    );
    const peer = await peerFor(t, mirror.sipPort);
    peer.tell(encodeSip(invite(peer, "stopped", loopbackOffer(peer))));
    await asked.promise;
    await mirror[Symbol.asyncDispose]();
    mayOpen.resolve();
    await closed.promise;
  },
);

test("the mirror outlives a request whose answer is larger than a datagram", async (t) => {
  const { mirror } = await mirrorFor(t);
  const peer = await peerFor(t, mirror.sipPort);
  const long = { ...parts(peer, "x".repeat(65_000)), method: "OPTIONS" };
  peer.tell(encodeSip(buildRequest(long)));
  assert.equal((await peer.ask(optionsRequest(parts(peer, "short")))).code, 200);
});
