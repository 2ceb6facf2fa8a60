import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Observation } from "../../protocol/observation.ts";
import { lineOf, makePair, offhook, rangeSkip } from "./network.ts";

const skip = rangeSkip("baresip");

function baresipFolder(t: { after(done: () => void): void }, address: string, more = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-baresip-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = [
    `sip_listen ${address}:5060`,
    "audio_player aubridge,nil",
    "audio_source aubridge,nil",
    "audio_alert aubridge,nil",
    "ausrc_srate 8000",
    "auplay_srate 8000",
    "ausrc_channels 1",
    "auplay_channels 1",
    "rtp_ports 41000-41100",
    "module_path /usr/lib/baresip/modules",
    "module g711.so",
    "module srtp.so",
    "module aubridge.so",
    "module_tmp account.so",
    "module_app echo.so",
  ];
  writeFileSync(join(folder, "config"), config.map((line) => `${line}\n`).join(""));
  writeFileSync(
    join(folder, "accounts"),
    `<sip:echo@${address}:5060>;regint=0;audio_codecs=PCMU/8000/1,PCMA/8000/1${more}\n`,
  );
  writeFileSync(join(folder, "contacts"), "");
  return folder;
}

for (const codec of ["pcmu", "pcma"] as const) {
  test(`baresip's echo as far end gives media figures in ${codec}, both ways as one`, { skip }, async (t) => {
    const { near, far, farAddress } = await makePair(t);
    const baresip = far.start("baresip", ["-f", baresipFolder(t, farAddress), "-v"]);
    await lineOf(baresip, /baresip is ready/u);
    const [node, command] = offhook;
    const words = ["--extension", "echo", "--codec", codec, "--seconds", "3", "--json"];
    const json = await near.run(node, command, "diag", "rtp", `${farAddress}:5060`, ...words);
    const { observations } = JSON.parse(json) as { observations: Observation[] };
    const value = (key: string) => observations.find((each) => each.key === key)?.value;
    assert.equal(value("rtp.farEnd"), "echo");
    assert.equal(value("rtp.fwd.sent"), 150);
    assert.equal(value("rtp.loss"), 0);
    assert.equal(value("rtp.fwd.loss"), undefined, "an echo cannot tell the ways apart");
    assert.ok(Number(value("rtp.rev.recv")) >= 150);
    assert.ok(Number(value("rtp.rtt")) > 0);
    assert.ok(Number(value("rtp.mos")) > 1);
  });
}

test(
  "baresip's echo under SRTP: both libraries read each other's packets, and its reports come",
  { skip },
  async (t) => {
    const { near, far, farAddress } = await makePair(t);
    const folder = baresipFolder(t, farAddress, ";mediaenc=srtp-mand");
    const baresip = far.start("baresip", ["-f", folder, "-v"]);
    await lineOf(baresip, /baresip is ready/u);
    const [node, command] = offhook;
    const words = ["--extension", "echo", "--srtp", "--seconds", "6.5", "--json"];
    const json = await near.run(node, command, "diag", "rtp", `${farAddress}:5060`, ...words);
    const { observations } = JSON.parse(json) as { observations: Observation[] };
    const value = (key: string) => observations.find((each) => each.key === key)?.value;
    assert.match(String(value("rtp.srtp")), /^AES_CM_128_HMAC_SHA1_/u);
    assert.equal(value("rtp.srtp.unreadable"), 0);
    assert.equal(value("rtp.loss"), 0);
    assert.ok(Number(value("rtp.rtcp.heard")) > 0);
  },
);
