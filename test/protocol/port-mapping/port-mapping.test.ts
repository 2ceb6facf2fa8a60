import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decodeExternalAddress,
  decodeGatewayDescription,
  externalAddressRequest,
} from "../../../protocol/port-mapping/internet-gateway.ts";
import { decodeNatPmpAnswer } from "../../../protocol/port-mapping/nat-pmp.ts";
import { decodePcpPeerAnswer, encodePcpPeer } from "../../../protocol/port-mapping/pcp-peer.ts";
import { decodeSsdpAnswer } from "../../../protocol/port-mapping/ssdp.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const nonce = new Uint8Array(12).fill(0x6e);

describe("decodeNatPmpAnswer()", () => {
  for (const [about, bytes, expected] of [
    ["an address", "00 80 0000 00006a7a cb007107", { kind: "address", address: "203.0.113.7" }],
    // What miniupnpd says where its outer side is no public address.
    ["network failure", "00 80 0003 00006a7a 00000000", { kind: "no-address" }],
    ["success without an address", "00 80 0000 00006a7a 00000000", { kind: "no-address" }],
    ["a refusal", "00 80 0002 00006a7a 00000000", { kind: "refused", result: 2 }],
    // RFC 6887 9: a server of PCP alone answers so to a request of version 0.
    ["another version", "02 80 0001 00000000 00000000", { kind: "version", version: 2 }],
  ] as const)
    test(`reads ${about}`, () => {
      assert.deepEqual(decodeNatPmpAnswer(hex(bytes)), { ok: true, value: expected });
    });

  test("refuses an answer to another operation, and one cut short", () => {
    assert.ok(!decodeNatPmpAnswer(hex("00 81 0000 00006a7a cb007107")).ok);
    assert.ok(!decodeNatPmpAnswer(hex("00 80 0000 00006a7a cb0071")).ok);
  });
});

describe("PCP PEER", () => {
  const request = encodePcpPeer({
    nonce,
    local: { address: "192.168.92.2", port: 5062 },
    peer: { address: "203.0.113.2", port: 3478 },
    lifetime: 30,
  });

  test("encodePcpPeer() writes the fields of RFC 6887 7.1 and 12.1 where they belong", () => {
    assert.equal(
      Buffer.from(request).toString("hex"),
      "02020000" +
        "0000001e" +
        "00000000000000000000ffffc0a85c02" +
        "6e6e6e6e6e6e6e6e6e6e6e6e" +
        "11000000" +
        "13c60000" +
        "00000000000000000000ffff00000000" +
        "0d960000" +
        "00000000000000000000ffffcb007102",
    );
  });

  test("decodePcpPeerAnswer() reads the external side", () => {
    assert.deepEqual(decodePcpPeerAnswer(answerTo(request), nonce), {
      ok: true,
      value: { kind: "address", address: "100.64.7.2", port: 40_000 },
    });
  });

  test("decodePcpPeerAnswer() takes no address from a refusal, and nothing with another nonce", () => {
    const refused = answerTo(request);
    refused[3] = 8;
    assert.deepEqual(decodePcpPeerAnswer(refused, nonce), {
      ok: true,
      value: { kind: "refused", result: 8 },
    });
    assert.ok(!decodePcpPeerAnswer(answerTo(request), new Uint8Array(12)).ok);
  });

  function answerTo(bytes: Uint8Array): Uint8Array {
    const answer = bytes.slice();
    answer[1] = 130;
    answer.set([0x9c, 0x40], 42);
    answer.set([100, 64, 7, 2], 56);
    return answer;
  }
});

test("decodeSsdpAnswer() finds LOCATION in any case, and wants 200", () => {
  const answer = (first: string) =>
    Buffer.from(`${first}\r\nST: upnp:rootdevice\r\nLocation:http://192.168.92.1:37119/rootDesc.xml\r\n\r\n`);
  assert.deepEqual(decodeSsdpAnswer(answer("HTTP/1.1 200 OK")), {
    ok: true,
    value: "http://192.168.92.1:37119/rootDesc.xml",
  });
  assert.ok(!decodeSsdpAnswer(answer("NOTIFY * HTTP/1.1")).ok);
  assert.ok(!decodeSsdpAnswer(Buffer.from("HTTP/1.1 200 OK\r\n\r\n")).ok);
});

const service = (type: string, control: string) =>
  `<service><serviceType>${type}</serviceType><serviceId>x</serviceId><controlURL>${control}</controlURL></service>`;
const description = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><serviceList>
  ${service("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/ctl/L3F")}
  ${service("urn:schemas-upnp-org:service:WANIPConnection:2", "/ctl/IPConn?a=1&amp;b=2")}</serviceList></device></root>`;

describe("UPnP Internet Gateway Device", () => {
  test("decodeGatewayDescription() finds the service that has the address", () => {
    assert.deepEqual(decodeGatewayDescription(description), {
      ok: true,
      value: { type: "urn:schemas-upnp-org:service:WANIPConnection:2", controlUrl: "/ctl/IPConn?a=1&b=2" },
    });
    assert.ok(!decodeGatewayDescription(description.replaceAll("WANIP", "LAN")).ok);
  });

  test("externalAddressRequest() names the service's own type", () => {
    const { action, body } = externalAddressRequest("urn:schemas-upnp-org:service:WANPPPConnection:1");
    assert.equal(action, '"urn:schemas-upnp-org:service:WANPPPConnection:1#GetExternalIPAddress"');
    assert.match(body, /xmlns:u="urn:schemas-upnp-org:service:WANPPPConnection:1"/);
  });

  for (const [answer, expected] of [
    ["<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>", "203.0.113.7"],
    ['<NewExternalIPAddress dt:dt="string"> 203.0.113.7\n</NewExternalIPAddress>', "203.0.113.7"],
    ["<NewExternalIPAddress></NewExternalIPAddress>", ""],
    ["<NewExternalIPAddress>0.0.0.0</NewExternalIPAddress>", ""],
    ["<NewExternalIPAddress>203.0.113.700</NewExternalIPAddress>", undefined],
    ["<NewExternalIPAddress>203.0.113.7", undefined],
    ["<html>Not found</html>", undefined],
  ] as const)
    test(`decodeExternalAddress() of ${answer}`, () => {
      const read = decodeExternalAddress(answer);
      assert.equal(read.ok ? read.value : undefined, expected);
    });
});

test("answers of a hostile router never throw and never hang (fuzz)", (t) => {
  const random = seededRandom(t);
  const seeds = [
    hex("00 80 0000 00006a7a cb007107"),
    encodePcpPeer({
      nonce,
      local: { address: "192.168.92.2", port: 1 },
      peer: { address: "192.0.2.1", port: 2 },
      lifetime: 30,
    }).with(1, 130),
    Buffer.from("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.92.1/\r\n\r\n"),
    Buffer.from(description),
    Buffer.from("<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>"),
  ];
  const taken = new Map<string, number>();
  const count = (name: string, ok: boolean) => ok && taken.set(name, (taken.get(name) ?? 0) + 1);
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = random() < 0.1 ? randomBytes(random, 200) : Uint8Array.from(seeds[i % seeds.length] ?? []);
    for (let change = Math.floor(random() * 3); change > 0 && bytes.length > 0; change -= 1)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const text = Buffer.from(bytes).toString("latin1");
    count("nat-pmp", decodeNatPmpAnswer(bytes).ok);
    count("pcp", decodePcpPeerAnswer(bytes, nonce).ok);
    count("ssdp", decodeSsdpAnswer(bytes).ok);
    count("description", decodeGatewayDescription(text).ok);
    count("address", decodeExternalAddress(text).ok);
  }
  for (const [name, times] of taken) assert.ok(times > 1000, `${name}: ${times}`);
  assert.equal(taken.size, 5);
});

test("decodeGatewayDescription() is quick with elements that are opened and never closed", () => {
  assert.ok(!decodeGatewayDescription("<service ".repeat(7000)).ok);
  assert.ok(!decodeGatewayDescription("<service>".repeat(7000)).ok);
  assert.ok(!decodeGatewayDescription(`${"<service></service>".repeat(3000)}${description}`).ok);
});
