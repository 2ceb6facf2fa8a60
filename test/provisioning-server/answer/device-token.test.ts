import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { deviceToken, splitToken, tokenMatches } from "../../../provisioning-server/answer/device-token.ts";

const key = new Uint8Array(32).fill(1);
const mac = "805ec0000001";

test("deviceToken() is the first 16 octets of the HMAC, base64url", () => {
  const whole = createHmac("sha256", key).update(`offhook-device-token\n${mac}\n3`).digest("hex");
  assert.equal(Buffer.from(deviceToken(key, mac, 3), "base64url").toString("hex"), whole.slice(0, 32));
  assert.match(deviceToken(key, mac, 3), /^[A-Za-z0-9_-]{22}$/);
});

test("tokenMatches() takes the one token alone", () => {
  const token = deviceToken(key, mac, 1);
  assert.ok(tokenMatches(key, mac, 1, token));
  for (const wrong of [
    "",
    token.slice(1),
    `${token}A`,
    token.toLowerCase(),
    "A".repeat(22),
    "é".repeat(22),
    "A".repeat(9999),
  ])
    assert.ok(!tokenMatches(key, mac, 1, wrong), wrong.slice(0, 30));
  assert.ok(!tokenMatches(key, mac, 2, token));
  assert.ok(!tokenMatches(key, "805ec0000002", 1, token));
  assert.ok(!tokenMatches(new Uint8Array(32), mac, 1, token));
});

test("splitToken() takes the segment off, and leaves other paths alone", () => {
  const token = deviceToken(key, mac, 1);
  assert.deepEqual(splitToken(`/${token}/a/b.cfg`), { token, path: "/a/b.cfg" });
  assert.deepEqual(splitToken(`//${token}/`), { token, path: "/" });
  for (const path of [
    "/",
    "",
    "/a.cfg",
    `/${token}`,
    `/${token}x/a.cfg`,
    `/phones/${token}/a.cfg`,
    "/y000000000108.cfg",
  ])
    assert.deepEqual(splitToken(path), { path });
});
