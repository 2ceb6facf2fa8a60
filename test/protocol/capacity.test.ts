import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityFor, registrationLoad } from "../../protocol/capacity.ts";

const order = {
  calls: 1000,
  codec: "g711",
  packetTime: 20,
  srtp: false,
  rtcpMux: false,
  anchored: true,
} as const;

test("capacityFor() 1000 anchored calls of G.711: 4000 ports, 200,000 packets a second", () => {
  const capacity = capacityFor(order);
  assert.equal(capacity.packetBytes, 200);
  assert.equal(capacity.packetsPerSecond, 50);
  assert.equal(capacity.ports, 4000);
  assert.equal(capacity.portsWithSpare, 4800);
  assert.equal(capacity.serverPacketsPerSecond, 200_000);
  assert.equal(capacity.kilobitsPerCall, 96.8);
});

test("capacityFor() halves the ports with rtcp-mux, and again for one leg", () => {
  assert.equal(capacityFor({ ...order, rtcpMux: true, anchored: false }).ports, 1000);
});

test("capacityFor() G.729 with SRTP: 70 bytes", () => {
  assert.equal(capacityFor({ ...order, codec: "g729", srtp: true }).packetBytes, 70);
});

test("registrationLoad() counts half the expiry", () => {
  assert.deepEqual(registrationLoad(900, 3600, 25), { registersPerSecond: 0.5, keepAlivesPerSecond: 36 });
});
