import { equal } from "node:assert/strict";
import { test } from "node:test";
import { networkPrefix } from "../../../provisioning-server/noc/sign-in.ts";

const prefixes: readonly [address: string, prefix: string][] = [
  ["192.0.2.17", "192.0.2"],
  ["::ffff:192.0.2.17", "192.0.2"],
  ["2001:db8:1:2233:4:5:6:7", "2001:0db8:0001:22"],
  ["2001:db8:1:2200::1", "2001:0db8:0001:22"],
  ["2001:db8::1", "2001:0db8:0000:00"],
  ["fe80::1%eth0", "fe80:0000:0000:00"],
  ["::1", "0000:0000:0000:00"],
];
for (const [address, prefix] of prefixes)
  test(`networkPrefix() of ${address} is ${prefix}`, () => {
    equal(networkPrefix(address), prefix);
  });
