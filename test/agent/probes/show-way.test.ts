import assert from "node:assert/strict";
import { test } from "node:test";
import { alg } from "../../../agent/probes/alg.ts";
import { arp } from "../../../agent/probes/arp.ts";
import { dscp } from "../../../agent/probes/dscp.ts";
import { idle } from "../../../agent/probes/idle.ts";
import { pinhole } from "../../../agent/probes/pinhole.ts";
import { observerOf } from "../../../protocol/observe.ts";

const observe = observerOf("any", "path:pbx.example:5060", 0);

test("alg with nothing altered is one line", () => {
  const none = [
    observe("alg.fields", []),
    observe("alg.left", []),
    observe("alg.blocked", []),
    observe("alg.by", "answers"),
    observe("alg.touched", []),
  ];
  assert.deepEqual(alg.show?.(none), [
    "pbx.example:5060  nothing is altered on the way, as far as the server's answers show it",
  ]);
  const [first = "", ...rows] = alg.show?.([observe("alg.fields", ["Via: a → b"]), ...none.slice(1)]) ?? [];
  assert.match(first, /SIP is altered/);
  assert.deepEqual(rows, ["  altered              Via: a → b"]);
});

test("dscp names the marks and shows the hops as a table", () => {
  const lines = dscp.show?.([
    observe("dscp.sent", 46),
    observe("dscp.seen", 0),
    observe("dscp.hop", 2),
    observe("dscp.path", ["1 10.0.0.1 46", "2 198.51.100.1 0"]),
  ]);
  assert.deepEqual(lines, [
    "pbx.example:5060  the marking is lost: DSCP EF (46) arrives as none (0)",
    "  changed before hop   2",
    "",
    "  hop  address       DSCP",
    "    1  10.0.0.1      EF (46)",
    "    2  198.51.100.1  none (0)  changed",
  ]);
});

test("arp says in the first line who uses the address", () => {
  assert.deepEqual(arp.show?.([observe("arp.macs", ["a", "b"])]), [
    "pbx.example:5060  used by 2 devices at once: a; b",
  ]);
});

test("pinhole promises no more than was tried, idle tells its answer once", () => {
  const open = observe("nat.life.short", null, { outcome: "absent", evidence: "open after 3.0 s" });
  assert.match(
    pinhole.show?.([open, observe("nat.keepAlive", 3)])[0] ?? "",
    /every 3 s is enough; whether longer is, was not tried/,
  );
  assert.match(
    pinhole.show?.([observe("nat.life.short", 30), observe("nat.keepAlive", 24)])[0] ?? "",
    /need a keep-alive every 24 s at most/,
  );
  assert.equal(idle.show?.([observe("idle.most", 3)]).length, 1);
});
