import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { mtu } from "../../../agent/probes/mtu.ts";

async function look(port: number) {
  const settings = Value.Parse(mtu.settings, Value.Default(mtu.settings, {}));
  const io = { ...systemIo(), say: () => undefined };
  return mtu.run(`127.0.0.1:${port}`, settings, io, AbortSignal.timeout(30_000));
}

test("mtu: a closed port is refused, as the host says by ICMP, and a silent one is a timeout", async () => {
  const socket = await openUdp({ localAddress: "127.0.0.1" });
  const { localPort } = socket;
  const [silent] = await look(localPort);
  assert.deepEqual([silent?.key, silent?.outcome], ["mtu.df", "timeout"]);
  await socket[Symbol.asyncDispose]();
  const [closed] = await look(localPort);
  assert.deepEqual([closed?.key, closed?.outcome], ["mtu.df", "refused"]);
  assert.match(closed?.evidence ?? "", /port unreachable/);
});
