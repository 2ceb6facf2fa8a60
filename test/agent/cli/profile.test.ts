import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const bin = new URL("../../../agent/cli/main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

async function offhook(words: readonly string[], input: string | Uint8Array = ""): Promise<Ended> {
  const child = spawn(process.execPath, [bin, "profile", ...words]);
  let [out, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, out, said };
}

const rows = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("profile list --json gives one object a line with vendor, model, mark, each model once", async () => {
  const { code, out } = await offhook(["list", "--json"]);
  assert.equal(code, 0);
  const listed = rows(out);
  for (const row of listed) {
    assert.deepEqual(Object.keys(row).slice(0, 3), ["vendor", "model", "mark"]);
    assert.match(String(row["mark"]), /^(golden|listed)$/);
  }
  assert.equal(
    new Set(listed.map((row) => `${String(row["vendor"])} ${String(row["model"])}`)).size,
    listed.length,
  );
  assert.ok(listed.some((row) => row["vendor"] === "yealink" && row["model"] === "T46U"));
});

test("profile show tells facts, files, quirks and sources; an unknown model ends with 1", async () => {
  const { out } = await offhook(["show", "Yealink", "t46u"]);
  assert.match(out, /y000000000108\.cfg/);
  assert.match(out, /#!version/);
  assert.match(out, /sources/);
  const unknown = await offhook(["show", "yealink", "T4711"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.said, /no profile describes yealink T4711/);
});

test("profile identify tells one request", async () => {
  const { out } = await offhook([
    "identify",
    "--ua",
    "Yealink SIP-T46U 108.86.0.20",
    "--path",
    "/x/805EC0010001.cfg",
    "--json",
  ]);
  assert.deepEqual(rows(out), [
    { vendor: "yealink", model: "T46U", mac: "805ec0010001", firmware: "108.86.0.20", file: "config" },
  ]);
});

test("profile identify without anything to look at, or at an unknown door, is wrong usage", async () => {
  assert.equal((await offhook(["identify"])).code, 2);
  const { code, said } = await offhook(["identify", "--path", "/x", "--door", "sip"]);
  assert.equal(code, 2);
  assert.match(said, /door: expected one of https, http, legacy, tftp, found sip/);
});

test("profile identify --stdin answers each line by one line, and odd ones by an error", async () => {
  const yealink = {
    ua: "Yealink SIP-T46U 108.86.0.20 80:5e:c0:01:00:01",
    path: "/a//805ec0010001.cfg?x",
    door: "https",
  };
  const input = [
    JSON.stringify(yealink),
    "no JSON",
    "[]",
    "",
    '{"path": 5}',
    '{"ua": null, "path": null}',
    '{"ua": "\\u0000\\u00ff", "path": "/%20%zz\\u0007", "door": "tftp"}',
    `${JSON.stringify(yealink)}\r`,
    '{"path": "/y000000000108.cfg", "door": "SIP"}',
    '{"path": "/y000000000108.cfg", "door": "tftp"}', // the last line has no end
  ];
  const { code, out } = await offhook(["identify", "--stdin"], input.join("\n"));
  assert.equal(code, 0);
  const told = rows(out);
  assert.equal(told.length, input.length);
  const full = {
    vendor: "yealink",
    model: "T46U",
    mac: "805ec0010001",
    firmware: "108.86.0.20",
    file: "config",
  };
  assert.deepEqual(told[0], full);
  assert.deepEqual(told[7], full);
  for (const index of [1, 2, 3, 4, 5, 8])
    assert.deepEqual(Object.keys(told[index] ?? {}), ["error"], input[index]);
  assert.deepEqual(told[6], { vendor: null, model: null, mac: null, firmware: null, file: "unknown" });
  assert.deepEqual(told[9], { vendor: "yealink", model: "T46U", mac: null, firmware: null, file: "config" });
});

test("profile identify --stdin survives bytes that are no UTF-8 and a line without end", async () => {
  const line = Buffer.from(
    '{"ua": "Yealink SIP-T46U 108.86.0.20 \xff", "path": "/805ec0010001.cfg"}\n',
    "latin1",
  );
  const { out } = await offhook(
    ["identify", "--stdin"],
    Buffer.concat([line, Buffer.alloc(1_200_000, "x"), Buffer.from("\n"), line]),
  );
  const told = rows(out);
  assert.equal(told.length, 3);
  assert.equal(told[0]?.["model"], "T46U");
  assert.match(String(told[1]?.["error"]), /at most 1000000 characters/);
  assert.deepEqual(told[2], told[0]);
});

test("profile identify --stdin answers while the stream is open", async () => {
  const child = spawn(process.execPath, [bin, "profile", "identify", "--stdin"]);
  child.stdin.write('{"path": "/y000000000108.cfg"}\n');
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  assert.match(first.toString(), /"model":"T46U"/);
  child.stdin.end();
  assert.deepEqual(await once(child, "close"), [0, null]);
});

test("profile list of a folder without profiles ends with 3 and says what was expected", async () => {
  const { code, said } = await offhook(["list", "--profiles", "/nonexistent-folder"]);
  assert.equal(code, 3);
  assert.match(said, /expected a folder per family/);
});

test("profile read gives settings and raw keys, secrets as dots unless asked for, and says what it left out", async () => {
  const file =
    "#!version:1.0.0.1\naccount.1.user_name = 201\naccount.1.password = planted\nodd.thing = 1\nno line\n";
  const shown = await offhook(["read", "--vendor", "yealink", "--model", "T46U", "-"], file);
  assert.equal(shown.code, 0, shown.said);
  assert.equal(shown.out, "line1.user = 201\nline1.password = ••••\nraw odd.thing = 1\n");
  assert.match(shown.said, /read as a yealink T46U; 1 keys have no setting\nleft out: no line/);
  const { out } = await offhook(
    ["read", "--vendor", "yealink", "--model", "T46U", "--secrets", "--json", "-"],
    file,
  );
  const [config] = rows(out);
  assert.deepEqual(config?.["lines"], [{ index: 1, settings: { user: "201", password: "planted" } }]);
  const wrong = await offhook(["read", "--vendor", "nobody", "-"], file);
  assert.equal(wrong.code, 1);
  assert.match(wrong.said, /vendor: expected one of/);
  assert.equal((await offhook(["read", "--vendor", "yealink", "/nonexistent"])).code, 2);
});

test("profile check ends with 4 and tells file, place, expected and found", async () => {
  const { code, out } = await offhook(["check", "--json", "--profiles", "/nonexistent-folder"]);
  assert.equal(code, 4);
  assert.deepEqual(rows(out), [{ file: ".", path: "/", expected: "a folder per family", found: "none" }]);
});

test("profile capture writes a cleaned example into a folder of profiles, and never over another", async () => {
  const folder = mkdtempSync(join(tmpdir(), "profiles-"));
  try {
    const from = new URL("../../../firmware-profiles/yealink", import.meta.url).pathname;
    cpSync(from, join(folder, "yealink"), { recursive: true, filter: (path) => !path.includes("examples") });
    const request = {
      at: 1_700_000_000_000,
      door: "https",
      path: "/805ec0a1b2c3.cfg",
      userAgent: "Yealink SIP-T48U 108.86.0.20 80:5e:c0:a1:b2:c3",
      mac: "805ec0a1b2c3",
      outcome: "file",
      claim: "token",
    };
    const words = ["capture", "-", "--profiles", folder, "--shows", "demo"];
    const captured = await offhook(words, JSON.stringify(request));
    assert.equal(captured.code, 0, captured.said);
    assert.equal(captured.out.trimEnd(), join(folder, "yealink/examples/t48u-demo"));
    const text = readFileSync(join(folder, "yealink/examples/t48u-demo/request.json"), "utf8");
    assert.ok(text.includes("805ec0000001") && !text.includes("a1b2c3"));
    const again = await offhook(words, JSON.stringify(request));
    assert.equal(again.code, 1);
    assert.match(again.said, /is there already/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
