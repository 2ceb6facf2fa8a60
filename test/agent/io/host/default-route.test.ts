import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayIn } from "../../../../agent/io/host/default-route.ts";

const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

test("gatewayIn() gives the router of the default route with the least metric", () => {
  const table =
    `${head}wlan0\t00000000\t0108A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n` +
    `eth0\t00000000\t015CA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n` +
    `eth0\t005CA8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n`;
  assert.equal(gatewayIn(table), "192.168.92.1");
});

test("gatewayIn() gives none without a default route, or where it names no router", () => {
  assert.equal(gatewayIn(head), undefined);
  assert.equal(gatewayIn(`${head}ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n`), undefined);
});
