import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { diag, makeNatNetwork, natAddresses, startCoturn } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";

const skip = rangeSkip("nft", "turnserver");
const server = `${natAddresses.server}:3478`;

async function behind(t: TestContext, masquerade: string | false = "") {
  const network = await makeNatNetwork(t, masquerade);
  await startCoturn(network);
  return network;
}

function passwordFile(t: TestContext, password: string): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-turn-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "password"), `${password}\n`);
  return `file:${join(folder, "password")}`;
}

describe("behind NAT, with coturn", { concurrency: true, skip }, () => {
  test(
    "a usual router: mapping independent, filter address and port, no fault but hairpin",
    { skip },
    async (t) => {
      const { inside } = await behind(t);
      const stun = await diag(inside, "stun", server);
      assert.match(String(stun.value("stun.mapped")), /^203\.0\.113\.1:\d+$/u);
      assert.equal(stun.value("stun.xor"), true);
      assert.deepEqual(stun.rules, []);
      const nat = await diag(inside, "nat", server, "--router-address", natAddresses.router);
      assert.equal(nat.value("nat.mapping"), "endpoint-independent", nat.json);
      assert.equal(nat.value("nat.filter"), "address-and-port-dependent");
      assert.equal(nat.value("nat.double"), false);
      assert.deepEqual(nat.value("nat.addresses"), [natAddresses.router]);
      assert.deepEqual(nat.rules, ["A4"]);
    },
  );

  test("a symmetric NAT is named (A2)", async (t) => {
    const { inside } = await behind(t, "random");
    const nat = await diag(inside, "nat", server);
    assert.equal(nat.value("nat.mapping"), "address-and-port-dependent", nat.json);
    assert.equal(nat.rules[0], "A2");
  });

  test("without NAT nothing is found, and the filter is open", async (t) => {
    const { inside } = await behind(t, false);
    const nat = await diag(inside, "nat", server);
    assert.equal(nat.value("nat.mapping"), "none", nat.json);
    assert.equal(nat.value("nat.filter"), "endpoint-independent");
    assert.deepEqual(nat.rules, []);
  });

  test("two lines are named (A6), and a router that knows another address (A5)", async (t) => {
    const { inside, router, outsideLink } = await behind(t, false);
    await router.run("ip", "address", "add", "203.0.113.9/24", "dev", outsideLink);
    await router.nft(`table ip way {
    chain post {
      type nat hook postrouting priority srcnat; policy accept;
      oifname "${outsideLink}" snat to numgen inc mod 2 map { 0 : 203.0.113.1, 1 : 203.0.113.9 }
    }
  }
`);
    const nat = await diag(inside, "nat", server, "--router-address", "192.168.1.20");
    assert.deepEqual(nat.value("nat.addresses"), ["203.0.113.1", "203.0.113.9"], nat.json);
    assert.ok(nat.rules.includes("A6") && nat.rules.includes("A5"), nat.json);
  });

  test("TURN: a relayed address, packets both ways through it, given back", async (t) => {
    const { inside } = await behind(t);
    const words = ["--user", "1001", "--password-from", passwordFile(t, "s3cret-Pw")];
    const turn = await diag(inside, "turn", server, ...words);
    assert.equal(turn.value("turn.code"), 0, turn.json);
    assert.match(String(turn.value("turn.relay")), /^203\.0\.113\.2:\d+$/u);
    assert.equal(turn.value("turn.relays"), true, turn.json);
    assert.equal(turn.value("turn.released"), true);
    assert.equal(turn.value("turn.lifetime"), 600);
    assert.deepEqual(turn.rules, []);
  });

  test("TURN: a wrong password is a refused login (A9), no password is none", async (t) => {
    const { inside } = await behind(t);
    const words = ["--user", "1001", "--password-from", passwordFile(t, "wrong")];
    const wrong = await diag(inside, "turn", server, ...words);
    assert.equal(wrong.value("turn.code"), 401, wrong.json);
    assert.deepEqual(wrong.rules, ["A9"]);
    const without = await diag(inside, "turn", server);
    assert.equal(without.value("turn.signed"), false);
    assert.deepEqual(without.rules, []);
  });

  test("UDP that is dropped: A1", async (t) => {
    const { inside, router } = await behind(t);
    await router.nft(`table ip fault {
    chain forward {
      type filter hook forward priority 0; policy accept;
      udp dport 3478 drop
    }
  }
`);
    assert.deepEqual((await diag(inside, "stun", server)).rules, ["A1"]);
  });
});
