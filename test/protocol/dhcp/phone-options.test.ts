import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configPlaces, leadsTo, sipServers, voiceVlans } from "../../../protocol/dhcp/phone-options.ts";
import { prefixLengthIn } from "../../../protocol/dhcp/option-values.ts";

const options = (given: Readonly<Record<number, string | readonly number[]>>) =>
  new Map(
    Object.entries(given).map(([code, value]) => [
      Number(code),
      Uint8Array.from(typeof value === "string" ? Buffer.from(value) : value),
    ]),
  );
const lines = (given: Parameters<typeof options>[0]) =>
  configPlaces(options(given)).map(({ option, value }) => `${option} = ${value}`);

describe("configPlaces()", () => {
  it("reads text with and without a zero at its end", () => {
    assert.deepEqual(lines({ 66: "https://a.example/\0", 160: "ftp://b" }), [
      "66 = https://a.example/",
      "160 = ftp://b",
    ]);
  });
  it("reads 150 as addresses, and as text where somebody typed it", () => {
    assert.deepEqual(lines({ 150: [10, 0, 0, 1, 10, 0, 0, 2] }), ["150 = 10.0.0.1, 10.0.0.2"]);
    assert.deepEqual(lines({ 150: "10.0.0.11" }), ["150 = 10.0.0.11"]);
  });
  it("reads 43 as sub-options, or as one text", () => {
    assert.deepEqual(lines({ 43: [66, 3, 0x61, 0x2e, 0x62, 67, 1, 0x63] }), ["43.66 = a.b", "43.67 = c"]);
    assert.deepEqual(lines({ 43: "http://a.example/" }), ["43 = http://a.example/"]);
  });
  it("reads 125 by maker (RFC 3925)", () => {
    assert.deepEqual(lines({ 125: [0, 0, 13, 233, 5, 6, 3, 0x61, 0x2e, 0x62] }), ["125.3561.6 = a.b"]);
  });
  it("shows what is neither text nor addresses as it came", () => {
    assert.deepEqual(lines({ 66: [1, 2, 3] }), ["66 = 0x010203"]);
  });
});

describe("voiceVlans()", () => {
  for (const [about, given, expected] of [
    ["text", { 132: "96" }, "132 96"],
    ["Polycom's text", { 128: "VLAN-A=96;" }, "128 96"],
    ["two octets", { 132: [0, 96] }, "132 96"],
    ["four octets", { 132: [0, 0, 15, 254] }, "132 4094"],
    ["Avaya's list", { 242: "L2Q=1,L2QVLAN=96,TLSSRVR=a" }, "242 96"],
    ["no VLAN", { 132: "0", 128: "tftp.example", 242: "TLSSRVR=a" }, undefined],
    ["too large", { 132: [0x10, 0] }, undefined],
  ] as const) {
    it(`reads ${about}`, () => {
      const [found] = voiceVlans(options(given));
      assert.equal(found && `${found.option} ${found.value}`, expected);
    });
  }
});

describe("leadsTo()", () => {
  const url = "https://phones.example:8443/tenant/";
  for (const [option, value, expected, leads] of [
    ["66", "https://phones.example:8443/tenant/", url, true],
    ["66", "https://phones.example:8443/tenant/$mac.cfg", url, true],
    ["66", "https://phones.example:8443/tenant", url, true],
    ["66", "https://phones.example:8443/tenantb/", url, false],
    ["66", "http://phones.example:8443/tenant/", url, false],
    ["66", "https://phones.example/tenant/", url, false],
    ["66", "https://phones.example/", "https://phones.example:443", true],
    ["66", "phones.example", url, false],
    ["66", "phones.example", "tftp://phones.example", true],
    ["150", "10.0.0.1, 10.0.0.2", "https://10.0.0.2:8443", true],
    ["150", "10.0.0.1", "https://10.0.0.2:8443", false],
    ["242", "TLSSRVR=phones.example,TLSPORT=8443", url, true],
    ["242", "TLSSRVR=other.example,TLSPORT=8443", url, false],
    ["66", "http://[", url, false],
  ] as const) {
    it(`${option} = ${value} ${leads ? "leads" : "does not lead"} to ${expected}`, () => {
      assert.equal(leadsTo({ option, value }, expected), leads);
    });
  }
});

it("sipServers() reads names and addresses (RFC 3361)", () => {
  const name = [3, ...Buffer.from("pbx"), 7, ...Buffer.from("example"), 0];
  assert.deepEqual(sipServers(options({ 120: [0, ...name, ...name] })), ["pbx.example", "pbx.example"]);
  assert.deepEqual(sipServers(options({ 120: [1, 10, 0, 0, 1] })), ["10.0.0.1"]);
  assert.deepEqual(sipServers(options({ 120: [0, 9, 1] })), []);
});

it("prefixLengthIn() takes masks whose ones are in a row", () => {
  assert.equal(prefixLengthIn(Uint8Array.of(255, 255, 254, 0)), 23);
  assert.equal(prefixLengthIn(Uint8Array.of(255, 0, 255, 0)), undefined);
});
