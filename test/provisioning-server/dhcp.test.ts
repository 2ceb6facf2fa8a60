import assert from "node:assert/strict";
import { test } from "node:test";
import { clashes, dhcpPlan } from "../../provisioning-server/dhcp/dhcp-plan.ts";
import { dhcpServers } from "../../provisioning-server/dhcp/servers/list.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const { families } = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);
const place = { url: "https://phones.example.net:8443", address: "192.0.2.5" };
const planOf = (...ids: readonly string[]) =>
  dhcpPlan(
    families.filter(({ id }) => ids.includes(id)),
    place,
  );

test("exactly the families asked for, each with the option it goes by", () => {
  const { rules, without } = planOf("yealink", "poly", "avaya", "cisco-7940", "linphone");
  assert.deepEqual(Object.fromEntries(rules.map(({ id, option, value }) => [id, [option, value]])), {
    avaya: [242, "TLSSRVR=phones.example.net,TLSPORT=8443"],
    "cisco-7940": [150, "192.0.2.5"],
    poly: [160, "https://phones.example.net:8443/"],
    yealink: [66, "https://phones.example.net:8443/"],
  });
  assert.deepEqual(without, ["Linphone"]);
});

test("families of one maker that are told the same share a rule, and the phone's own signs stay", () => {
  const { rules } = planOf("fanvil", "fanvil-text", "fanvil-module", "grandstream", "grandstream-adapter");
  assert.deepEqual(
    rules.map(({ value }) => value),
    ["https://phones.example.net:8443/$mac.cfg", "https://phones.example.net:8443/"],
  );
});

test("phones without a vendor class go by their MAC", () => {
  const [rule] = planOf("htek").rules;
  assert.deepEqual(rule?.classes, []);
  assert.ok(rule.macPrefixes.includes("001fc1"));
});

test("one option with two values is a clash only where a server tells all phones the same", () => {
  assert.equal(clashes(planOf("yealink", "snom")).length, 1);
  assert.equal(clashes(planOf("yealink", "poly")).length, 0);
});

test("every family with DHCP can be written for every server, and every rule stands there", () => {
  const plan = dhcpPlan(families, place);
  assert.ok(plan.rules.length > 20);
  for (const server of dhcpServers) {
    const text = server.write(plan);
    for (const { id, phones } of plan.rules)
      assert.ok(text.includes(id) || text.includes(phones), `${server.name}: ${id}`);
  }
});

test("Kea's members are JSON whose octets say the value", () => {
  const kea = dhcpServers.find(({ name }) => name === "kea");
  const text = kea?.write(planOf("avaya", "alcatel-lucent")) ?? "";
  const body = text
    .split("\n")
    .filter((line) => !line.startsWith("//"))
    .join("\n");
  const read = JSON.parse(`{${body}}`) as {
    "client-classes": { name: string; "option-data": { data: string }[] }[];
  };
  const data = Object.fromEntries(
    read["client-classes"].map((each) => [each.name, Buffer.from(each["option-data"][0]?.data ?? "", "hex")]),
  );
  assert.equal(data.avaya?.toString(), "TLSSRVR=phones.example.net,TLSPORT=8443");
  const inside = data["alcatel-lucent"] ?? Buffer.alloc(0);
  assert.deepEqual([inside[0], inside[1]], [66, inside.length - 2]);
  assert.equal(inside.subarray(2).toString(), "https://phones.example.net:8443/");
});

test("text that a server's language could take for its own is quoted", () => {
  const hostile = { ...planOf("yealink"), without: [] };
  const [rule] = hostile.rules;
  assert.ok(rule);
  const plan = { ...hostile, rules: [{ ...rule, value: `a"b'c$d` }] };
  const written = Object.fromEntries(dhcpServers.map((server) => [server.name, server.write(plan)]));
  assert.match(written.dnsmasq ?? "", /"a\\"b'c\$d"/);
  assert.match(written.isc ?? "", /"a\\"b'c\$d"/);
  assert.match(written.windows ?? "", /'a"b''c\$d'/);
  assert.match(written.mikrotik ?? "", /c\\\$d/);
});
