import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { BadConfig, readAgentConfig } from "../../agent/config.ts";

function fileWith(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-config-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "agent.toml"), text);
  writeFileSync(join(folder, "ca.pem"), "PEM");
  return join(folder, "agent.toml");
}

function sentences(file: string, environment: NodeJS.ProcessEnv = {}): string[] {
  try {
    readAgentConfig({ file, environment, defaultState: "/nowhere" });
    return [];
  } catch (error) {
    if (error instanceof BadConfig) return error.message.replaceAll(file, "agent.toml").split("\n");
    throw error;
  }
}

test("readAgentConfig() reads what is set, and fills in the rest", (context) => {
  const pin = "A".repeat(43);
  const file = fileWith(
    context,
    `name = "edge-1"\nstate = "var"\n[server]\nurl = "https://noc.example:9443"\npins = ["${pin}"]\nca = "ca.pem"\n`,
  );
  const config = readAgentConfig({ file, environment: {}, defaultState: "/nowhere" });
  assert.equal(config.name, "edge-1");
  assert.equal(config.state, join(file, "..", "var"));
  assert.deepEqual(config.server, { url: "https://noc.example:9443", trust: { pins: [pin], ca: "PEM" } });
  const bare = readAgentConfig({
    environment: { OFFHOOK_SERVER__URL: "https://a.example" },
    defaultState: "/s",
  });
  assert.deepEqual([bare.state, bare.server?.url], ["/s", "https://a.example"]);
});

test("readAgentConfig() names every problem at once, with file, line, path, expected and found", (context) => {
  const file = fileWith(
    context,
    `name = 7\nnaem = "x"\n\n[server]\nurl = "http://noc.example"\npins = ["short"]\nport = 1\n`,
  );
  assert.deepEqual(sentences(file), [
    "agent.toml:1 /name: expected text like ^[A-Za-z0-9._-]{1,60}$, found 7",
    'agent.toml:5 /server/url: expected text like ^https://[^/?#]+/?$, found "http://noc.example"',
    'agent.toml:6 /server/pins/0: expected text like ^[A-Za-z0-9_-]{43}$, found "short"',
    'agent.toml:7 /server/port: expected one of url, pins, ca, found unknown key "port"',
    'agent.toml:2 /naem: expected one of name, state, site, server, traps, collector, found unknown key "naem"',
  ]);
});

test("readAgentConfig() says where the TOML ends being TOML, and which file is missing", (context) => {
  const broken = fileWith(context, 'name = "a"\nstate = = 1\n');
  assert.match(sentences(broken)[0] ?? "", /^agent\.toml:2 column \d+: expected TOML, found /);
  const missing = fileWith(context, '[server]\nurl = "https://a.example"\nca = "none.pem"\n');
  assert.match(
    sentences(missing)[0] ?? "",
    /^agent\.toml \/server\/ca: expected a file that can be read, found ENOENT/,
  );
  assert.match(sentences("/nowhere/agent.toml")[0] ?? "", /expected a file that can be read/);
});

test("readAgentConfig() takes any text without throwing anything but BadConfig", (context) => {
  const seed = 20_260_806;
  console.log(`seed ${seed}`);
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const file = fileWith(context, "");
  const base = 'name = "edge"\n[server]\nurl = "https://a.example"\npins = []\n';
  const alphabet = "[]{}=\"'.,#\n\\ 0a_-:é\0";
  for (let round = 0; round < 2000; round += 1) {
    let text = base;
    for (let edits = 1 + random(5); edits > 0; edits -= 1) {
      const at = random(text.length);
      text = text.slice(0, at) + (alphabet[random(alphabet.length)] ?? "") + text.slice(at + random(2));
    }
    writeFileSync(file, text);
    sentences(file);
  }
});
