import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { dns } from "../../../agent/probes/dns.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { startDnsServer, type DnsZone } from "../../fakes/dns-server.ts";

const zone: DnsZone = {
  "pbx.example": {
    a: ["192.0.2.10", "192.0.2.9"],
    aaaa: ["2001:db8::9"],
    naptr: [[10, 50, "s", "SIP+D2U", "_sip._udp.pbx.example"]],
  },
  "_sip._udp.pbx.example": {
    srv: [
      [20, 0, 5060, "gone.pbx.example"],
      [10, 60, 5060, "one.pbx.example"],
    ],
  },
  "one.pbx.example": { a: ["192.0.2.9"] },
};
const io = { clock: systemClock, say: () => undefined };

async function look(target: string, settings: Record<string, unknown>) {
  const checked = Value.Parse(dns.settings, settings);
  const observations = await dns.run(target, checked, io, new AbortController().signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return {
    find,
    value: (key: ObservationKey) => find(key)?.value,
    shown: dns.show?.(observations).join("\n") ?? "",
  };
}

test("dns: addresses, SRV, NAPTR, and a target that leads nowhere", async () => {
  await using resolver = await startDnsServer(zone);
  const { value, find, shown } = await look("pbx.example", { resolver: resolver.address });
  assert.equal(find("dns.a")?.subject, "name:pbx.example");
  assert.deepEqual(value("dns.a"), ["192.0.2.10", "192.0.2.9", "2001:db8::9"]);
  assert.deepEqual(value("dns.srv"), [
    "_sip._udp 10 60 5060 one.pbx.example",
    "_sip._udp 20 0 5060 gone.pbx.example",
  ]);
  assert.deepEqual(value("dns.naptr"), ["10 50 s SIP+D2U _sip._udp.pbx.example"]);
  assert.deepEqual(value("dns.dead"), ["gone.pbx.example"]);
  assert.deepEqual(value("dns.hijack"), []);
  assert.equal(find("dns.error"), undefined);
  assert.ok(Number(value("dns.rtt")) >= 0);
  assert.ok(resolver.asked.some((name) => name.endsWith(".invalid")));
  assert.match(shown, /leads nowhere +gone\.pbx\.example/);
});

test("dns: a name that is not there, and a resolver that fakes names", async () => {
  await using honest = await startDnsServer(zone);
  await using faker = await startDnsServer(zone, { wildcard: "198.51.100.66" });
  assert.equal((await look("nobody.example", { resolver: honest.address })).value("dns.error"), "ENOTFOUND");
  const faked = await look("pbx.example", { resolver: faker.address });
  assert.deepEqual(faked.value("dns.hijack"), ["198.51.100.66"]);
});

test("dns: what a second resolver says otherwise", async () => {
  await using inside = await startDnsServer(zone);
  await using outside = await startDnsServer({ "pbx.example": { a: ["203.0.113.5"] } });
  const settings = { resolver: inside.address, compare: outside.address };
  const differs = (await look("pbx.example", settings)).value("dns.differs");
  assert.ok(Array.isArray(differs));
  assert.ok(differs.includes("also 203.0.113.5") && differs.includes("not 192.0.2.9"), differs.join());
  const same = await look("pbx.example", { resolver: inside.address, compare: inside.address });
  assert.deepEqual(same.value("dns.differs"), []);
});

test("dns: a resolver that is no address", async () => {
  const { find } = await look("pbx.example", { resolver: "no address" });
  assert.equal(find("dns.a")?.outcome, "unreachable");
});

test("dns: a domain that has nothing but SRV is no failure", async () => {
  await using resolver = await startDnsServer({
    "_sips._tcp.pbx.example": { srv: [[0, 0, 5061, "one.pbx.example"]] },
    "one.pbx.example": { aaaa: ["2001:db8::1"] },
  });
  const { find, value } = await look("pbx.example", { resolver: resolver.address });
  assert.equal(find("dns.error"), undefined);
  assert.deepEqual([value("dns.srv"), value("dns.dead")], [["_sips._tcp 0 0 5061 one.pbx.example"], []]);
});

test("dns: a target that is the root says that there is no such service, and leads nowhere by intention", async () => {
  await using resolver = await startDnsServer({
    "pbx.example": { a: ["192.0.2.9"] },
    "_sip._udp.pbx.example": { srv: [[0, 0, 0, "."]] },
  });
  const { value } = await look("pbx.example", { resolver: resolver.address });
  assert.deepEqual([value("dns.srv"), value("dns.dead")], [["_sip._udp 0 0 0 ."], []]);
});

test("dns: a resolver that is not there is no failure of the name", async () => {
  const gone = await startDnsServer(zone);
  await gone[Symbol.asyncDispose]();
  const { find, shown } = await look("pbx.example", { resolver: gone.address });
  assert.equal(find("dns.error"), undefined);
  assert.match(find("dns.a")?.outcome ?? "", /^(?:refused|timeout)$/);
  assert.ok(shown.includes(gone.address), shown);
});

test("dns: ends at once when it is told to", async () => {
  await using silent = await startDnsServer(zone, { silent: true });
  const end = new AbortController();
  const settings = Value.Parse(dns.settings, { resolver: silent.address });
  const looking = dns.run("pbx.example", settings, io, end.signal);
  end.abort(new Error("enough"));
  await assert.rejects(looking, /enough/);
});
