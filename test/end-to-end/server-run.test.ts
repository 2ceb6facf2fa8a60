import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { checkServerConfig, createSignInLink, openInventory } from "../../provisioning-server/main.ts";
import { startOffhook } from "./offhook.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-server-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const data = join(folder, "data");
const settings = join(folder, "server.toml");
writeFileSync(
  settings,
  `data = "${data}"
names = ["127.0.0.1"]
drain = 0
[phones]
host = "127.0.0.1"
port = 0
[staff]
host = "127.0.0.1"
port = 0
[tftp]
host = "127.0.0.1"
port = 0
[metrics]
port = 0
`,
);
const secret = "never-in-a-log-7f3a";

function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { rejectUnauthorized: false, headers }, (reply) => {
      let body = "";
      reply.on("data", (chunk: Buffer) => (body += chunk.toString()));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("offhook server run", () => {
  it("answers phones, is ready, keeps secrets out of its log and metrics, and ends with 0 at SIGTERM", async () => {
    await using inventory = await openInventory({ data });
    await inventory.addSite({ id: "here", networks: ["127.0.0.0/8"] });
    const added = await inventory.addPhone({
      mac: "805ec0010001",
      model: "T46U",
      settings: [
        { path: "line1.user", text: "201" },
        { path: "line1.password", text: secret },
        { path: "line1.server.host", text: "pbx.example" },
      ],
    });
    assert.ok(added.ok);
    await using server = startOffhook(["server", "run", "--json", "--config", settings]);
    await server.line(/"phones":/);
    const listening = JSON.parse(
      server
        .output()
        .split("\n")
        .find((line) => line.includes('"phones"')) ?? "{}",
    ) as {
      phones: string;
      staff: string;
      metrics: number;
    };
    const refused = await get(`${listening.phones}/805ec0010001.cfg`, {
      authorization: `Basic ${btoa(`201:${secret}`)}`,
    });
    const unknown = await get(`${listening.phones}/805ec0010002.cfg`);
    assert.deepEqual(refused, unknown);
    await inventory.openWindow("here", Date.now() + 60_000);
    const config = await get(`${listening.phones}/805ec0010001.cfg`);
    assert.equal(config.status, 200);
    assert.match(config.body, new RegExp(`account.1.password = ${secret}`));
    const ready = await fetch(`http://127.0.0.1:${listening.metrics}/readyz?verbose`);
    assert.equal(ready.status, 200);
    const metrics = await (await fetch(`http://127.0.0.1:${listening.metrics}/metrics`)).text();
    assert.match(metrics, /offhook_requests_total\{door="https",outcome="served"\} 1/);
    assert.doesNotMatch(metrics, /805ec0010001|127\.0\.0\.1|never-in-a-log/);
    server.child.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    const log = server.output() + server.talk();
    assert.match(log, /"event":"answer"/);
    assert.doesNotMatch(log, new RegExp(secret));
    assert.doesNotMatch(readFileSync(join(data, "offhook.sqlite"), "latin1"), new RegExp(secret));
  });

  it("sign-in makes a link for the settings' address; two links differ", async () => {
    const config = checkServerConfig({
      data: join(folder, "links"),
      names: ["noc.example"],
      staff: { port: 9443 },
    });
    const [first, second] = [
      await createSignInLink(config, "ada", "operator"),
      await createSignInLink(config, "ada", "operator"),
    ];
    assert.ok(first.ok && second.ok);
    assert.match(first.value.url, /^https:\/\/noc\.example:9443\/sign-in\/link\//);
    assert.notEqual(first.value.url, second.value.url);
    const stranger = await createSignInLink(config, "nobody/ada", "operator");
    assert.equal(stranger.ok, false, "a tenant that is not there has no members");
  });

  it("says every problem of its settings at once, and ends with 3", async () => {
    const bad = join(folder, "bad.toml");
    writeFileSync(bad, 'data = 5\nprots = 1\n[phones]\nport = 99999\nhots = "x"\n');
    await using server = startOffhook(["server", "check-config", "--config", bad]);
    assert.equal(await server.ended(), 3);
    for (const place of ["data", "prots", "phones/port", "phones/hots"])
      assert.match(server.talk(), new RegExp(place));
    writeFileSync(bad, "data = 0010\n");
    await using garbled = startOffhook(["server", "check-config", "--config", bad]);
    assert.equal(await garbled.ended(), 3);
    assert.match(garbled.talk(), /bad\.toml/);
  });
});

describe("checkServerConfig()", () => {
  it("gives settings or a ConfigError for 100,000 odd documents, never anything else", () => {
    const values = [
      0,
      -1,
      65_536,
      "x",
      "",
      null,
      [],
      {},
      { port: "1" },
      { host: 5 },
      true,
      ["10.0.0.0/8"],
      { __proto__: null },
    ];
    const keys = [
      "data",
      "names",
      "phones",
      "staff",
      "tftp",
      "metrics",
      "noc",
      "logLevel",
      "__proto__",
      "constructor",
      "x",
    ];
    let refused = 0;
    for (let run = 0; run < 100_000; run += 1) {
      const document = Object.fromEntries([
        [keys[run % keys.length], values[Math.floor(run / 11) % values.length]],
        [keys[Math.floor(run / 7) % keys.length], values[Math.floor(run / 143) % values.length]],
      ]) as unknown;
      try {
        checkServerConfig(document);
      } catch (error) {
        assert.ok(error instanceof Error && error.constructor.name === "ConfigError", String(error));
        refused += 1;
      }
    }
    assert.ok(refused > 10_000 && refused < 100_000);
  });
});
