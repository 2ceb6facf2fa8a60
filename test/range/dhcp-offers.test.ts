import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { join, lineOf, makeNamespace, offhook, rangeSkip, type Namespace } from "./network.ts";

// What a phone is told, by real dnsmasq: right, not at all, wrongly, by two, in a tagged VLAN; and an address that is used twice.

const skip = rangeSkip("dnsmasq", "setpriv");
const [node, bin] = offhook;
const expected = ["--expect-url", "https://10.91.0.2:8443"];
const right = ["--dhcp-vendorclass=set:ours,yealink", "--dhcp-option=tag:ours,66,https://10.91.0.2:8443/"];

interface Seen {
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
}

const ipLink = ["link", "add", "link", "lo", "name", "tagged", "type", "vlan", "id", "96"];

/** Whether this kernel makes cards of tagged VLANs. */
async function hasVlans(host: Namespace): Promise<boolean> {
  return host.run("ip", ...ipLink).then(
    () => true,
    (error: Error) => !error.message.includes("Unknown device type"),
  );
}

/** A phone's end without an address, and the switch's network, a bridge with an address. */
async function makeSegment(t: TestContext) {
  const phone = await makeNamespace(t);
  const far = await makeNamespace(t);
  await far.run("ip", "link", "add", "br0", "type", "bridge");
  await far.run("ip", "address", "add", "10.91.0.2/24", "dev", "br0");
  await far.run("ip", "link", "set", "br0", "up");
  const [card, farCard] = await join(
    { namespace: phone, address: "192.0.2.1/32" },
    { namespace: far, address: "192.0.2.2/32" },
  );
  await phone.run("ip", "address", "flush", "dev", card);
  await far.run("ip", "link", "set", farCard, "master", "br0");
  return { phone, far, card };
}

/** Another machine on the same segment. */
async function plugIn(
  t: TestContext,
  far: Namespace,
  address: string,
): Promise<{ host: Namespace; card: string }> {
  const host = await makeNamespace(t);
  const [card, farCard] = await join(
    { namespace: host, address },
    { namespace: far, address: "192.0.2.3/32" },
  );
  await far.run("ip", "link", "set", farCard, "master", "br0");
  return { host, card };
}

async function serve(
  t: TestContext,
  host: Namespace,
  card: string,
  options: readonly string[],
): Promise<string> {
  const folder = await mkdtemp(path(tmpdir(), "offhook-dhcp-"));
  t.after(() => rm(folder, { recursive: true }));
  const words = [
    "--no-daemon",
    "--user=root",
    "--port=0",
    "--no-ping",
    "--bind-interfaces",
    `--interface=${card}`,
  ];
  const leases = path(folder, "leases");
  const range = ["--dhcp-range=10.91.0.50,10.91.0.60,10m", `--dhcp-leasefile=${leases}`];
  const child = host.start("dnsmasq", ["--conf-file=/dev/null", ...words, ...range, ...options]);
  await lineOf(child, /sockets bound/);
  return leases;
}

/** `offhook diag …` in a namespace, whatever its exit code. */
async function diag(
  host: Namespace,
  words: readonly string[],
  before: readonly string[] = [],
): Promise<Seen> {
  const command = [...before, node, bin, "diag", ...words, "--json"].map((word) => `'${word}'`).join(" ");
  return JSON.parse(await host.run("sh", "-c", `${command} || true`)) as Seen;
}

const rulesOf = ({ findings }: Seen) => findings.map(({ rule }) => rule);
const valueOf = ({ observations }: Seen, key: string) => observations.find((each) => each.key === key)?.value;
const quick = ["--wait", "1"];

describe("diag dhcp against dnsmasq", { skip, concurrency: 2 }, () => {
  test("the right server is shown with all it tells, and nothing is found; no lease is taken", async (t) => {
    const { phone, far, card } = await makeSegment(t);
    const leases = await serve(t, far, "br0", [
      ...right,
      "--dhcp-option=42,10.91.0.3",
      "--dhcp-option=132,96",
    ]);
    const seen = await diag(phone, [
      "dhcp",
      card,
      ...quick,
      ...expected,
      "--vendor-class",
      "yealink",
      "--expect-servers",
      "10.91.0.2",
    ]);
    assert.deepEqual(rulesOf(seen), []);
    assert.deepEqual(valueOf(seen, "dhcp.servers"), ["10.91.0.2"]);
    assert.match(String(valueOf(seen, "dhcp.offered")), /^10\.91\.0\.(5\d|60)\/24$/);
    assert.deepEqual(valueOf(seen, "dhcp.ntp"), ["10.91.0.3"]);
    assert.deepEqual(valueOf(seen, "dhcp.voiceVlan"), ["132 = 96"]);
    assert.deepEqual(valueOf(seen, "dhcp.config"), ["66 = https://10.91.0.2:8443/"]);
    assert.equal(valueOf(seen, "dhcp.leads"), true);
    assert.equal(await readFile(leases, "utf8"), "");
    // Another kind of phone is told nothing: the class decides.
    const other = await diag(phone, ["dhcp", card, ...quick, ...expected, "--vendor-class", "snom"]);
    assert.deepEqual(rulesOf(other), ["V4"]);
  });

  test("no server: V3; no right to ask: nothing is judged, and said why", async (t) => {
    const { phone, card } = await makeSegment(t);
    assert.deepEqual(rulesOf(await diag(phone, ["dhcp", card, ...quick, ...expected])), ["V3"]);
    const without = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
    const denied = await diag(phone, ["dhcp", card, ...quick], without);
    assert.deepEqual(rulesOf(denied), []);
    assert.equal(denied.observations[0]?.outcome, "denied");
    assert.match(denied.observations[0]?.evidence ?? "", /CAP_NET_RAW/);
  });

  test("a wrong option 66: V4, with what was told and what was expected", async (t) => {
    const { phone, far, card } = await makeSegment(t);
    await serve(t, far, "br0", ["--dhcp-option=66,http://10.0.0.9/"]);
    const seen = await diag(phone, ["dhcp", card, ...quick, ...expected]);
    assert.deepEqual(rulesOf(seen), ["V4"]);
    assert.match(
      seen.findings[0]?.sentence ?? "",
      /66 = http:\/\/10\.0\.0\.9\/, expected https:\/\/10\.91\.0\.2:8443/,
    );
  });

  test("two servers: V8, and V9 where the site names the right one", async (t) => {
    const { phone, far, card } = await makeSegment(t);
    await serve(t, far, "br0", right);
    const rogue = await plugIn(t, far, "10.91.0.9/24");
    await serve(t, rogue.host, rogue.card, []);
    const words = ["dhcp", card, ...quick, ...expected, "--vendor-class", "yealink"];
    const open = await diag(phone, words);
    assert.ok(rulesOf(open).includes("V8"), rulesOf(open).join());
    const named = await diag(phone, [...words, "--expect-servers", "10.91.0.2"]);
    assert.deepEqual(rulesOf(named), ["V9"]);
    assert.deepEqual(valueOf(named, "dhcp.foreign"), ["10.91.0.9"]);
  });

  test("a tagged VLAN: its server is heard on its card, and not beside it", async (t) => {
    const { phone, far, card } = await makeSegment(t);
    if (!(await hasVlans(phone))) return t.skip("needs a kernel with 802.1Q");
    for (const [host, below] of [
      [phone, card],
      [far, "br0"],
    ] as const) {
      await host.run("ip", "link", "add", "link", below, "name", "voice", "type", "vlan", "id", "96");
      await host.run("ip", "link", "set", "voice", "up");
    }
    await far.run("ip", "address", "flush", "dev", "br0");
    await far.run("ip", "address", "add", "10.91.0.2/24", "dev", "voice");
    await serve(t, far, "voice", ["--dhcp-option=66,https://10.91.0.2:8443/"]);
    assert.deepEqual(rulesOf(await diag(phone, ["dhcp", "voice", ...quick, ...expected])), []);
    assert.deepEqual(rulesOf(await diag(phone, ["dhcp", card, ...quick, ...expected])), ["V3"]);
  });
});

test("diag arp: one owner is well, two are K7", { skip }, async (t) => {
  const { phone, far, card } = await makeSegment(t);
  await plugIn(t, far, "10.91.0.30/24");
  const words = ["arp", "10.91.0.30", "--card", card, "--wait", "0.6"];
  const one = await diag(phone, words);
  assert.deepEqual(rulesOf(one), []);
  assert.equal((valueOf(one, "arp.macs") as string[]).length, 1);
  await plugIn(t, far, "10.91.0.30/24");
  assert.deepEqual(rulesOf(await diag(phone, words)), ["K7"]);
});
