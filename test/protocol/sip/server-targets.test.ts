import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { orderSrv, srvNamesOf, usualSrvNames } from "../../../protocol/sip/server-targets.ts";

const naptr = (order: number, preference: number, service: string, more = {}) => ({
  order,
  preference,
  service,
  flags: "s",
  regexp: "",
  replacement: `_x.${service}`,
  ...more,
});

test("srvNamesOf() goes by order, then preference, keeps SIP's services, and of sips: only SIPS", () => {
  const records = [
    naptr(50, 50, "SIPS+D2T"),
    naptr(90, 10, "SIP+D2U"),
    naptr(90, 5, "SIP+D2T"),
    naptr(1, 1, "E2U+sip"),
    naptr(2, 1, "SIP+D2U", { flags: "u" }),
  ];
  const transports = (secure: boolean) => srvNamesOf(records, secure).map(({ transport }) => transport);
  assert.deepEqual(transports(false), ["tls", "tcp", "udp"]);
  assert.deepEqual(transports(true), ["tls"]);
  assert.deepEqual(
    usualSrvNames("a.example", true).map(({ name }) => name),
    ["_sips._tcp.a.example"],
  );
});

test("orderSrv() sorts by priority, draws by weight, and leaves out the target .", () => {
  const record = fc.record({
    name: fc.constantFrom("a", "b", "c", "."),
    port: fc.constant(5060),
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 8 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (records, drawn) => {
        const ordered = orderSrv(records, () => drawn);
        assert.equal(ordered.length, records.filter(({ name }) => name !== ".").length);
        assert.deepEqual(
          ordered.map(({ priority }) => priority),
          ordered.map(({ priority }) => priority).toSorted((a, b) => a - b),
        );
      },
    ),
  );
  const two = [
    { name: "light", port: 1, priority: 1, weight: 1 },
    { name: "heavy", port: 1, priority: 1, weight: 9 },
  ];
  const firsts = Array.from({ length: 100 }, (_, i) => orderSrv(two, () => i / 100)[0]?.name);
  const heavy = firsts.filter((name) => name === "heavy").length;
  assert.ok(heavy > 75 && heavy < 95, String(heavy));
});
