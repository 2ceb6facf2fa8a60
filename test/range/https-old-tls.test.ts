import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { test } from "node:test";
import { need, serverUnderTest } from "./running-server.ts";

// OpenSSL as a phone of 2010: TLS 1.0 to the door of old TLS, which is a process of its own.

function missing(): false | string {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "openssl is not installed";
  }
}
const skip = missing();
const mac = "805ec0010001";

/** What a request over this version of TLS gets, or undefined where the handshake fails. */
async function ask(port: number, version: string, request: string): Promise<string | undefined> {
  const words = [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    version,
    "-quiet",
    "-cipher",
    "DEFAULT@SECLEVEL=0",
  ];
  const client = spawn("openssl", words, { stdio: ["pipe", "pipe", "ignore"] });
  client.stdin.on("error", () => {});
  client.stdin.write(request);
  let text = "";
  for await (const part of client.stdout) text += String(part);
  client.stdin.destroy();
  return text === "" ? undefined : text;
}

const get = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: Yealink SIP-T46U 108.86.0.90 80:5e:c0:01:00:01\r\n` +
  "X-Offhook-Address: 10.9.9.9\r\n\r\n";

for (const [vendors, status] of [
  [["yealink"], 200],
  [["poly"], 404],
] as const) {
  test(
    `TLS 1.0 and 1.1 get ${status} where ${vendors.join()} may use the door of old TLS`,
    { skip },
    async (t) => {
      await using server = await serverUnderTest({
        legacy: { enabled: true, host: "127.0.0.1", port: 0, vendors: [...vendors] },
      });
      const { inventory } = server;
      need(await inventory.addSite({ id: "hq", networks: ["127.0.0.0/8"] }));
      need(await inventory.addPhone({ mac, model: "T46U", site: "hq" }));
      const path = `${new URL(await server.folderOf(mac)).pathname}${mac}.cfg`;
      for (const version of ["-tls1", "-tls1_1"]) {
        const reply = await ask(server.legacyPort ?? 0, version, get(path));
        assert.match(reply ?? "no handshake", new RegExp(`^HTTP/1\\.1 ${status} `), version);
        assert.match(reply ?? "", /\r\ncontent-length: \d+\r\n/i);
        assert.equal(await ask(Number(new URL(server.https).port), version, get(path)), undefined);
      }
      const { door, address, denial } = await server.traced(
        mac,
        (entry) => entry.door === "legacy",
        t.signal,
      );
      const facts = await inventory.facts("hq", Date.now());
      assert.ok(facts.some(({ key, value }) => key === "prov.legacyTls" && Number(value) >= 1));
      assert.deepEqual(
        [door, address, denial],
        ["legacy", "127.0.0.1", status === 200 ? undefined : "old-tls"],
      );
    },
  );
}
