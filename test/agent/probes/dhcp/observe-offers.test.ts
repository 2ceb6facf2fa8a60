import assert from "node:assert/strict";
import { test } from "node:test";
import { observeOffers } from "../../../../agent/probes/dhcp/observe-offers.ts";
import type { DhcpMessage } from "../../../../protocol/dhcp/message.ts";
import { observerOf } from "../../../../protocol/observe.ts";

const expectUrl = "https://phones.example:8443/";
const nowhere = "0.0.0.0";
const message: DhcpMessage = {
  op: "reply",
  hardwareType: 1,
  hops: 0,
  xid: 1,
  secs: 0,
  broadcast: true,
  clientAddress: nowhere,
  yourAddress: "192.0.2.50",
  nextServer: nowhere,
  relay: nowhere,
  hardwareAddress: Uint8Array.of(0x80, 0x5e, 0xc0, 0, 0, 1),
  serverName: "",
  file: "",
  options: new Map([[66, Uint8Array.from(Buffer.from(expectUrl))]]),
};

for (const [expectOption, expected, leads] of [
  [undefined, expectUrl, true],
  ["66", `${expectUrl} by option 66`, true],
  // Not "tells 66 = this, expected this".
  ["160", `${expectUrl} by option 160`, false],
] as const)
  test(`observeOffers() says what was expected, with its option: ${expectOption ?? "any"}`, () => {
    const observe = observerOf("dhcp", "network:here", 0);
    const seen = observeOffers([{ server: "192.0.2.1", message }], { expectUrl, expectOption }, observe);
    const valueOf = (key: string) => seen.find((each) => each.key === key)?.value;
    assert.deepEqual([valueOf("dhcp.expected"), valueOf("dhcp.leads")], [expected, leads]);
  });
