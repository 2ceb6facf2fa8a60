import assert from "node:assert/strict";
import { test } from "node:test";
import { UnprovenLimit } from "../../../provisioning-server/doors/unproven-limit.ts";

const rates = { perAddress: 2, perNetwork: 3 };

function takes(limit: UnprovenLimit, address: string, times: number, now: number): number {
  return Array.from({ length: times }, () => limit.take(address, now)).filter(Boolean).length;
}

test("UnprovenLimit gives an address its rate and its network theirs", () => {
  const limit = new UnprovenLimit(rates);
  assert.equal(takes(limit, "10.0.0.1", 5, 0), 2);
  assert.equal(takes(limit, "10.0.0.2", 5, 0), 1, "the network's third");
  assert.equal(takes(limit, "10.0.1.1", 5, 0), 2, "another network");
});

test("UnprovenLimit fills up with time and with giveBack()", () => {
  const limit = new UnprovenLimit(rates);
  takes(limit, "10.0.0.1", 2, 0);
  assert.equal(takes(limit, "10.0.0.1", 5, 500), 1);
  limit.giveBack("10.0.0.1", 500);
  assert.equal(takes(limit, "10.0.0.1", 5, 500), 1);
});

test("UnprovenLimit counts IPv6 by /64 and /56, however the address is written", () => {
  const limit = new UnprovenLimit(rates);
  assert.equal(takes(limit, "2001:db8:0:1::1", 1, 0), 1);
  assert.equal(takes(limit, "2001:0db8::1:0:0:0:2", 2, 0), 1, "the same /64");
  assert.equal(takes(limit, "2001:db8:0:2::1", 2, 0), 1, "the same /56");
  assert.equal(takes(limit, "2001:db8:0:100::1", 3, 0), 2, "another /56");
});
