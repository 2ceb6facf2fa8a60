import assert from "node:assert/strict";
import { test } from "node:test";
import type { Observation } from "../../protocol/observation.ts";
import { baresipFolder } from "./baresip-folder.ts";
import { lineOf, makePair, offhook, rangeSkip } from "./network.ts";

const skip = rangeSkip("baresip");

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
    const folder = baresipFolder(t, farAddress, { more: ";mediaenc=srtp-mand" });
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
