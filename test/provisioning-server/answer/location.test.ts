import assert from "node:assert/strict";
import { test } from "node:test";
import { againstLocation } from "../../../provisioning-server/answer/location.ts";

const now = 1_750_000_000_000;
const minute = 60_000;
const seen = (port: string, age = minute) => ({ port, at: now - age });

test("againstLocation() lets in on the planned port, and nowhere else", () => {
  const table: [
    name: string,
    location: "port" | "switches",
    planned: string | undefined,
    seen: { port: string; at: number }[],
    against: RegExp | undefined,
  ][] = [
    ["on its port", "port", "sw1/7", [seen("sw1/7")], undefined],
    ["on another port", "port", "sw1/7", [seen("sw1/8")], /on port sw1\/8, and belongs on sw1\/7/],
    ["on another port, any switch", "switches", "sw1/7", [seen("sw1/8")], /belongs on sw1\/7/],
    ["no plan, any switch", "switches", undefined, [seen("sw2/1")], undefined],
    ["no plan, planned ports only", "port", undefined, [seen("sw2/1")], /no port is planned/],
    ["nobody sees it", "switches", undefined, [], /no agent sees/],
    ["seen an hour ago", "port", "sw1/7", [seen("sw1/7", 60 * minute)], /no agent sees/],
    ["on two ports", "port", "sw1/7", [seen("sw1/7"), seen("sw1/9")], /2 ports at once/],
    ["moved: the old place is old", "port", "sw1/7", [seen("sw1/9", 20 * minute), seen("sw1/7")], undefined],
  ];
  for (const [name, location, port, places, against] of table) {
    const found = againstLocation({ location }, port === undefined ? {} : { port }, places, now);
    if (against === undefined) assert.equal(found, undefined, name);
    else assert.match(found ?? "", against, name);
  }
});
