import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { diag, startMirror } from "./nat-network.ts";
import { join, lineOf, makeNamespace, rangeSkip, type Namespace } from "./network.ts";

const skip = rangeSkip("nft", "miniupnpd");

/** miniupnpd takes the blocks of examples (RFC 5737) for private ones: these are of nobody outside the namespaces. */
const outside = { router: "1.2.3.1", server: "1.2.3.2" } as const;

interface Way {
  readonly inside: Namespace;
  readonly router: Namespace;
}

/** A phone's place, its router with NAT, and a mirror; `carrier`: with a second NAT between them, and the outer side of the first. */
async function makeWay(t: TestContext, carrier?: string): Promise<Way> {
  const [inside, router, server] = [await makeNamespace(t), await makeNamespace(t), await makeNamespace(t)];
  await join(
    { namespace: inside, address: "192.168.92.2/24" },
    { namespace: router, address: "192.168.92.1/24" },
  );
  await inside.run("ip", "route", "add", "default", "via", "192.168.92.1");
  const edge = carrier === undefined ? router : await makeNamespace(t);
  if (carrier !== undefined) {
    const next = carrier.replace(/\d+$/, "1");
    const [link] = await join(
      { namespace: router, address: `${carrier}/24` },
      { namespace: edge, address: `${next}/24` },
    );
    await router.run("ip", "route", "add", "default", "via", next);
    await masquerade(router, link);
  }
  const [link] = await join(
    { namespace: edge, address: `${outside.router}/24` },
    { namespace: server, address: `${outside.server}/24` },
  );
  await masquerade(edge, link);
  await startMirror({ server }, "--stun-port", "3478");
  return { inside, router };
}

async function masquerade(router: Namespace, link: string): Promise<void> {
  await router.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
  await router.nft(`table ip way {
    chain post {
      type nat hook postrouting priority srcnat; policy accept;
      oifname "${link}" masquerade
    }
  }
`);
}

/** The router's own service, as most Linux routers have it. */
async function startUpnp(t: TestContext, router: Namespace, ...lines: readonly string[]): Promise<void> {
  const folder = mkdtempSync(joinPath(tmpdir(), "offhook-upnp-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const links = JSON.parse(await router.run("ip", "-json", "address")) as {
    ifname: string;
    addr_info: { local: string }[];
  }[];
  const inner = links.find(({ addr_info }) => addr_info.some(({ local }) => local === "192.168.92.1"));
  const outer = links.find(({ ifname }) => ifname !== "lo" && ifname !== inner?.ifname);
  const file = joinPath(folder, "miniupnpd.conf");
  const uuid = "uuid=00000000-0000-4000-8000-000000000001";
  const settings = [`ext_ifname=${outer?.ifname}`, `listening_ip=${inner?.ifname}`, "enable_upnp=yes", uuid];
  writeFileSync(file, [...settings, ...lines, ""].join("\n"));
  const pid = joinPath(folder, "pid");
  await lineOf(router.start("miniupnpd", ["-d", "-f", file, "-P", pid]), /HTTP listening on port/u);
}

const nat = ({ inside }: Way, ...words: readonly string[]) =>
  diag(inside, "nat", `${outside.server}:3478`, "--ports", "2", ...words);

describe("diag nat asks the router itself", { concurrency: true, skip }, () => {
  test("by NAT-PMP: one NAT, the router's", async (t) => {
    const way = await makeWay(t);
    await startUpnp(t, way.router, "enable_natpmp=yes");
    const { value, rules, json } = await nat(way);
    assert.equal(value("nat.router"), outside.router, json);
    assert.match(json, /by NAT-PMP/);
    assert.equal(value("nat.double"), false, json);
    assert.deepEqual(rules, ["A4"]);
  });

  test("by UPnP where it has no NAT-PMP: one NAT", async (t) => {
    const way = await makeWay(t);
    await startUpnp(t, way.router, "enable_natpmp=no");
    const { value, rules, json } = await nat(way);
    assert.equal(value("nat.router"), outside.router, json);
    assert.match(json, /by UPnP/);
    assert.deepEqual([value("nat.double"), rules], [false, ["A4"]], json);
  });

  for (const [about, carrier, service] of [
    ["a carrier's NAT", "100.64.7.2", "enable_natpmp=yes"],
    ["a router behind a router", "192.168.178.20", "enable_natpmp=no"],
  ] as const)
    test(`${about}, ${service}: A5 by the router's own word`, async (t) => {
      const way = await makeWay(t, carrier);
      await startUpnp(t, way.router, service);
      const { value, rules, json } = await nat(way);
      assert.equal(value("nat.double"), true, json);
      assert.ok(rules.includes("A5"), json);
    });

  test("a router that speaks none of it is said to, and nothing is guessed", async (t) => {
    const { value, rules, json } = await nat(await makeWay(t, "192.168.178.20"));
    assert.equal(value("nat.router"), null, json);
    assert.equal(value("nat.double"), undefined, json);
    assert.deepEqual(rules, ["A4"]);
  });

  test("a carrier's NAT is named even where no STUN server answers", async (t) => {
    const way = await makeWay(t, "100.64.7.2");
    await startUpnp(t, way.router, "enable_natpmp=yes");
    const { rules, json } = await diag(way.inside, "nat", `${outside.server}:3479`);
    assert.deepEqual(rules.toSorted(), ["A1", "A5"], json);
  });
});
