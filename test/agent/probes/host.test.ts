import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import { readHost } from "../../../agent/io/host/host.ts";
import type { AgentIo } from "../../../agent/io/io.ts";
import { openRtp, sendRtp } from "../../../agent/io/rtp/rtp-sender.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { capabilitiesOf, familyOf, groupsOf } from "../../../agent/probes/host/read-accounts.ts";
import { host } from "../../../agent/probes/host.ts";
import { clockOffset, decodeNtpReply, encodeNtpRequest } from "../../../protocol/ntp/packet.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";

const io = {
  clock: systemClock,
  openUdp,
  openRtp,
  sendRtp,
  readHost,
  resolve: async (name: string) => [name],
  say: () => {},
} as unknown as AgentIo;
const get = (observations: readonly Observation[], key: string) =>
  observations.find((each) => each.key === key);

function look(settings: { files: string[]; ntp?: string }): Promise<Observation[]> {
  return host.run("here", { timeout: 1, ...settings }, io, new AbortController().signal);
}

/** A time server on loopback whose clock is ahead by `ahead` ms. */
async function startTimeServer(ahead: number) {
  const socket = createSocket("udp4");
  socket.on("message", (request, peer) => {
    const reply = Buffer.alloc(48);
    reply[0] = 0b00_100_100;
    reply[1] = 2;
    request.copy(reply, 24, 40, 48);
    const now = (Date.now() + ahead) / 1000 + 2_208_988_800;
    for (const at of [32, 40]) {
      reply.writeUInt32BE(Math.floor(now) >>> 0, at);
      reply.writeUInt32BE(Math.floor((now % 1) * 0x1_0000_0000) >>> 0, at + 4);
    }
    socket.send(reply, peer.port, peer.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, stop: () => socket.close() };
}

describe("host probe", () => {
  it("observes kernel, OpenSSL, buffers, load and loop delay of this machine, by keys of the dictionary", async () => {
    const observations = await look({ files: [] });
    for (const each of observations) assert.ok(each.key in observationKeys, each.key);
    assert.equal(get(observations, "host.openssl")?.value, process.versions.openssl);
    assert.match(String(get(observations, "host.kernel")?.value), /^\d+/);
    assert.deepEqual(get(observations, "host.fileMode")?.value, []);
    assert.equal(typeof get(observations, "host.loopDelay")?.value, "number");
    assert.ok(Number(get(observations, "host.timer.late")?.value) > 0);
    assert.ok(Number(get(observations, "host.rcvbuf")?.value) > 0);
    assert.ok(Array.isArray(get(observations, "host.groups")?.value));
    assert.equal(get(observations, "host.user")?.value, userInfo().username);
  });

  it("tells the family of a system, the groups of a process, and its capabilities", () => {
    assert.equal(familyOf('PRETTY_NAME="x"\nID=debian\n'), "debian");
    assert.equal(familyOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), "debian");
    assert.equal(familyOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), "rhel");
    assert.equal(familyOf("ID=alpine\n"), "alpine");
    assert.equal(familyOf(""), undefined);
    const status = "Gid:\t1000\t1000\t1000\t1000\nGroups:\t27 1000 4711 \nCapEff:\t0000000000003000\n";
    assert.deepEqual(groupsOf("sudo:x:27:anna\nanna:x:1000:\n", status), ["anna", "sudo", "4711"]);
    assert.deepEqual(capabilitiesOf(status), ["net_admin", "net_raw"]);
    assert.deepEqual(capabilitiesOf("CapEff:\t0000000000000000\n"), []);
  });

  it("names a file that others can read, and not one of mode 640", async () => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-host-"));
    for (const [name, mode] of [
      ["wide", 0o644],
      ["tight", 0o640],
    ] as const) {
      writeFileSync(join(folder, name), "secret");
      chmodSync(join(folder, name), mode);
    }
    const value = get(
      await look({ files: [join(folder, "wide"), join(folder, "tight"), join(folder, "none")] }),
      "host.fileMode",
    )?.value;
    assert.ok(Array.isArray(value));
    assert.equal(value.length, 1);
    assert.match(value[0] ?? "", /^644 .*wide$/);
    rmSync(folder, { recursive: true });
  });

  it("measures this clock against a time server, and a silent one is a time-out", async () => {
    const server = await startTimeServer(120_000);
    const offset = Number(
      get(await look({ files: [], ntp: `127.0.0.1:${server.port}` }), "clock.offset")?.value,
    );
    server.stop();
    // Ours is two minutes behind; loopback adds some milliseconds at most.
    assert.ok(Math.abs(offset + 120_000) < 1000, String(offset));
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    await once(silent, "listening");
    const none = get(await look({ files: [], ntp: `127.0.0.1:${silent.address().port}` }), "clock.offset");
    silent.close();
    assert.equal(none?.outcome, "timeout");
  });
});

describe("SNTP packet", () => {
  it("decodeNtpReply() refuses short packets, requests and kisses of death", () => {
    assert.ok(!decodeNtpReply(new Uint8Array(47)).ok);
    assert.ok(!decodeNtpReply(encodeNtpRequest(1n)).ok);
    const kiss = encodeNtpRequest(1n);
    kiss[0] = 0b00_100_100;
    const refused = decodeNtpReply(kiss);
    assert.ok(!refused.ok);
    assert.match(refused.why.expected, /stratum/);
  });

  it("clockOffset() is half the sum of both ways", () => {
    assert.equal(clockOffset(1000, { originate: 0n, received: 1600, sent: 1700, stratum: 1 }, 1300), 500);
  });

  it("decodeNtpReply() gives a reply or a reason for 100,000 odd packets", () => {
    for (let run = 0; run < 100_000; run += 1) {
      const bytes = new Uint8Array(run % 60).map((_, at) => (run * 31 + at * 17) & 0xff);
      const reply = decodeNtpReply(bytes);
      assert.ok(reply.ok ? Number.isFinite(reply.value.sent) : reply.why.expected.length > 0);
    }
  });
});
