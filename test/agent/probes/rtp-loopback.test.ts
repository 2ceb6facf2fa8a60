import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Value } from "typebox/value";
import { systemIo } from "../../../agent/io/system-io.ts";
import { startMirror, type MirrorEvent, type MirrorOptions } from "../../../agent/mirror/mirror.ts";
import { rtpLoopback } from "../../../agent/probes/rtp-loopback.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { Secret } from "../../../protocol/secret.ts";

const io = systemIo();

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
  return { target: `127.0.0.1:${mirror.sipPort}`, events, mirror };
}

function tokenFile(t: TestContext, token: string): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-rtp-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "token");
  writeFileSync(file, `${token}\n`);
  return `file:${file}`;
}

async function look(t: TestContext, target: string, settings: Record<string, unknown>) {
  const whole = Value.Default(rtpLoopback.settings, { seconds: 1, streams: 1, ...settings }) as Parameters<
    typeof rtpLoopback.run
  >[1];
  const observations = await rtpLoopback.run(target, whole, io, t.signal);
  const get = (key: ObservationKey): Observation | undefined => observations.find((each) => each.key === key);
  return { observations, get, value: (key: ObservationKey) => get(key)?.value };
}

test("rtpLoopback against the mirror on loopback: nothing lost, each way by itself, a score with its basis", async (t) => {
  const { target, events } = await mirrorFor(t, { token: new Secret("right") });
  const { get, value, observations } = await look(t, target, { passwordFrom: tokenFile(t, "right") });
  assert.equal(value("rtp.farEnd"), "encaprtp");
  assert.equal(value("rtp.fwd.sent"), 50);
  assert.equal(value("rtp.fwd.recv"), 50);
  assert.equal(value("rtp.rev.sent"), 50);
  assert.equal(value("rtp.fwd.loss"), 0);
  assert.equal(value("rtp.rev.loss"), 0);
  assert.equal(value("rtp.reorder"), 0);
  assert.equal(value("rtp.dup"), 0);
  assert.match(get("rtp.fwd.recv")?.evidence ?? "", /own totals/u);
  const rtt = value("rtp.rtt");
  assert.ok(typeof rtt === "number" && rtt >= 0 && rtt < 1000, String(rtt));
  const mos = value("rtp.mos");
  assert.ok(typeof mos === "number" && mos > 1 && mos <= 4.5);
  assert.match(String(value("rtp.mos.basis")), /G\.107 narrowband, G\.711 .* half RTT/u);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["session-opened", "session-ended"],
  );
  assert.match(rtpLoopback.show?.(observations).join("\n") ?? "", /there +50 +50 +0\.00 %/u);
});

test("rtpLoopback runs several streams in both laws", async (t) => {
  const { target } = await mirrorFor(t);
  const { value } = await look(t, target, { streams: 3, codec: "pcma", packetTime: 30 });
  assert.equal(value("rtp.fwd.sent"), 99);
  assert.equal(value("rtp.fwd.recv"), 99);
  assert.equal(value("rtp.rev.loss"), 0);
  assert.equal(value("rtp.codec"), "PCMA");
});

test("rtpLoopback with a wrong token sees 403 and sends nothing", async (t) => {
  const { target } = await mirrorFor(t, { token: new Secret("right") });
  const { get, value } = await look(t, target, { passwordFrom: tokenFile(t, "wrong") });
  assert.equal(value("sip.code"), 403);
  assert.equal(get("sip.code")?.subject, `sip:${target}/udp`);
  assert.equal(get("rtp.fwd.sent")?.outcome, "denied");
  assert.equal(get("rtp.mos"), undefined);
});

test("rtpLoopback at a port where nobody listens: refused, and no score", async (t) => {
  const gone = createSocket("udp4");
  gone.bind(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  gone.close();
  const { get } = await look(t, `127.0.0.1:${port}`, {});
  assert.equal(get("sip.code")?.outcome, "refused");
  assert.equal(get("sip.transport")?.value, "udp");
  assert.equal(get("rtp.mos"), undefined);
});

test("rtpLoopback names a target it cannot read, and a name nobody knows", async (t) => {
  assert.equal((await look(t, "a b", {})).get("rtp.fwd.sent")?.outcome, "unreachable");
  assert.equal((await look(t, "nobody.invalid", {})).get("rtp.fwd.sent")?.outcome, "unreachable");
});

test("rtpLoopback called off hangs up before it ends", async (t) => {
  const { target, events } = await mirrorFor(t);
  const stop = new AbortController();
  const settings = Value.Default(rtpLoopback.settings, { seconds: 30, streams: 1 }) as Parameters<
    typeof rtpLoopback.run
  >[1];
  const speaking = { ...io, say: (text: string) => (text.startsWith("RTP") ? stop.abort() : undefined) };
  await assert.rejects(rtpLoopback.run(target, settings, speaking, stop.signal));
  assert.equal(events.find((event) => event.event === "session-ended")?.why, "BYE");
});

for (const codec of ["g722", "g729", "opus"] as const) {
  test(`rtpLoopback under SRTP in ${codec}: each way by itself, and the far end's reports agree`, async (t) => {
    const { target } = await mirrorFor(t);
    const { value } = await look(t, target, { codec, srtp: true });
    assert.equal(value("rtp.srtp"), "AES_CM_128_HMAC_SHA1_80");
    assert.equal(value("rtp.srtp.unreadable"), 0);
    assert.equal(value("rtp.farEnd"), "encaprtp");
    assert.equal(value("rtp.fwd.loss"), 0);
    assert.equal(value("rtp.rev.loss"), 0);
    assert.ok(Number(value("rtp.rtcp.heard")) > 0);
    assert.equal(value("rtp.rtcp.contradicts"), 0);
    assert.equal(value("rtp.grounded"), codec === "g729");
    assert.equal(typeof value("rtp.mos.fwd"), "number");
    assert.equal(typeof value("rtp.mos.rev"), "number");
  });
}

test("rtpLoopback by media loopback gets an echo, and a call from each of a sample of ports", async (t) => {
  const { target } = await mirrorFor(t);
  const { value } = await look(t, target, { loopback: "media" });
  assert.equal(value("rtp.farEnd"), "echo");
  assert.equal(value("rtp.loss"), 0);
  const range = await look(t, target, { ports: "46000-46098", sample: 3 });
  const good = range.value("rtp.ports.good");
  assert.ok(Array.isArray(good));
  const local = good.map((each) => Number(each.split(" ")[0]));
  assert.deepEqual([local[0], local[2]], [46000, 46098]);
  assert.ok(local[1] !== undefined && local[1] > 46000 && local[1] < 46098 && local[1] % 2 === 0);
  assert.deepEqual(range.value("rtp.ports.bad"), []);
});

test("rtpLoopback calls an Offhook mirror as often as it takes calls, unless told", async (t) => {
  const { target } = await mirrorFor(t, { limits: { sessions: 4 } });
  const { value, observations } = await look(t, target, { streams: undefined });
  assert.equal(value("rtp.streams"), 4);
  assert.equal(value("rtp.fwd.sent"), 200);
  assert.equal(value("rtp.calls.up"), undefined);
  assert.equal((value("rtp.ports.good") as string[]).length, 4);
  assert.match(rtpLoopback.show?.(observations).join("\n") ?? "", /4 calls at once/u);
});

test("rtpLoopback told how many calls to make says so when the next is refused", async (t) => {
  const { target } = await mirrorFor(t, { limits: { sessions: 4 } });
  const { value } = await look(t, target, { streams: 6 });
  assert.equal(value("rtp.calls.up"), 4);
  assert.equal(value("sip.code"), 486);
});

for (const loopback of ["packets", "media"] as const) {
  test(`rtpLoopback presses keys among the audio of a mirror's ${loopback}, and they come back`, async (t) => {
    const { target } = await mirrorFor(t);
    const { value, observations } = await look(t, target, { loopback, dtmf: "1#", seconds: 1.5 });
    assert.equal(value("rtp.dtmf"), true);
    assert.equal(value("rtp.dtmf.sent"), "1#");
    assert.equal(value("rtp.dtmf.back"), "1#");
    assert.equal(value("rtp.fwd.loss"), 0);
    assert.equal(value(loopback === "packets" ? "rtp.rev.loss" : "rtp.loss"), 0);
    assert.match(rtpLoopback.show?.(observations).join("\n") ?? "", /1# was pressed, and came back/u);
  });
}

test("rtpLoopback and the mirror exchange extended reports; each way's delay is told by clocks that agree", async (t) => {
  const { target } = await mirrorFor(t);
  const { value, get } = await look(t, target, { seconds: 2.5 });
  const blocks = value("rtp.rtcp.xr") as string[];
  for (const block of ["DLRR", "statistics summary", "VoIP metrics"])
    assert.ok(blocks.includes(block), block);
  assert.ok(Number(value("rtp.rtcp.mos")) > 1);
  assert.match(get("rtp.rtcp.mos")?.evidence ?? "", /lost 0\.0 %/u);
  const ways = Number(value("rtp.delay.fwd")) + Number(value("rtp.delay.rev"));
  assert.ok(ways >= 0);
});

test("rtpLoopback has a number for each second, and says what it means", async (t) => {
  const { target } = await mirrorFor(t);
  const { value, observations } = await look(t, target, { seconds: 2 });
  const series = value("rtp.fwd.loss.series") as string[];
  assert.deepEqual(new Set(series), new Set(["0"]));
  const shown = rtpLoopback.show?.(observations).join("\n") ?? "";
  assert.match(shown, /loss there +▁▁/u);
  assert.match(shown, /Audio: both ways are open\./u);
  assert.match(shown, /Loss there and back: none\./u);
});

test("rtpLoopback hangs up a call whose media has no way from here, and says so", async (t) => {
  const events: MirrorEvent[] = [];
  // To the address of all, a socket that did not ask for it is refused by the kernel: nothing leaves.
  const openUdp: typeof io.openUdp = async (options) => {
    const socket = await io.openUdp(options);
    const send = socket.send.bind(socket);
    socket.send = (bytes, port, address) => {
      const text = Buffer.from(bytes).toString("latin1");
      const elsewhere = text.replace("c=IN IP4 127.0.0.1", "c=IN IP4 255.255.255.255");
      return send(Buffer.from(elsewhere.replace("cname:offhook-mirror", "cname:offhook-")), port, address);
    };
    return socket;
  };
  const ports = { sipPort: 0, rtpPorts: { from: 0, to: 0 } };
  const log = (event: MirrorEvent) => events.push(event);
  const mirror = await startMirror({ address: "127.0.0.1", ...ports, log }, { ...io, openUdp });
  t.after(() => mirror[Symbol.asyncDispose]());
  const { get } = await look(t, `127.0.0.1:${mirror.sipPort}`, {});
  assert.match(
    get("sip.code")?.evidence ?? "",
    /no way from here to its media at 255\.255\.255\.255:\d+: EACCES/u,
  );
  assert.deepEqual(
    events.flatMap((each) => (each.event === "session-ended" ? [each.why] : [])),
    ["BYE"],
  );
});

test("rtpLoopback beside best effort takes the ports asked for once", async (t) => {
  const { target } = await mirrorFor(t);
  const { value } = await look(t, target, { ports: "46100-46102", sample: 2, compareBestEffort: true });
  assert.deepEqual(value("rtp.ports.bad"), []);
  assert.equal(value("rtp.be.fwd.loss"), 0);
});

test("rtpLoopback beside best effort leaves no call up when one of the two fails", async (t) => {
  const up = Promise.withResolvers<void>();
  const { target, mirror } = await mirrorFor(t, { onCall: () => up.resolve() });
  const openRtp: typeof io.openRtp = async (address, port) => {
    if (port === undefined) return io.openRtp(address);
    await up.promise;
    throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
  };
  const wanted = { seconds: 2, ports: "46104-46104", compareBestEffort: true };
  const settings = Value.Default(rtpLoopback.settings, wanted) as Parameters<typeof rtpLoopback.run>[1];
  await assert.rejects(rtpLoopback.run(target, settings, { ...io, openRtp }, t.signal), { message: "taken" });
  assert.equal(mirror.sessions, 0);
});
