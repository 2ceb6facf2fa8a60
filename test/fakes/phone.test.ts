import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Answer } from "../../protocol/answer.ts";
import { bootPhone, type FakePhone, type PhoneAsk } from "./phone.ts";
import { applyLpConfig } from "./phones/linphone.ts";
import { applyConfig } from "./phones/yealink.ts";
import { fileAnswer, noAnswer, openDoors } from "./open-doors.ts";

const token = "AbCdEfGhIjKlMnOpQrStU_";

const t31p: Omit<FakePhone, "server"> = {
  vendor: "yealink",
  model: "T31P",
  mac: "805ec0000001",
  firmware: "124.86.0.75",
};

const short = (requests: readonly PhoneAsk[]) =>
  requests.map(({ door, file, status }) => `${door} ${file} ${String(status)}`);

const account = `#!version:1.0.0.1
account.1.enable = 1
account.1.user_name = 1001
account.1.password = "se#cret"
account.1.sip_server.1.address = 192.0.2.9
account.1.sip_server.1.transport_type = 1
account.2.enable = 0
`;

test("a Yealink boots by TFTP, follows the bootstrap to HTTPS with its token, and has its account", async () => {
  let https = "";
  await using doors = await openDoors(({ via, path, credential }): Answer => {
    const files: Record<string, string> =
      via === "tftp"
        ? { "/y000000000123.cfg": `#!version:1.0.0.1\nstatic.auto_provision.server.url = ${https}\n` }
        : { "/y000000000123.cfg": "#!version:1.0.0.1\n", "/805ec0000001.cfg": account };
    const body = files[path];
    const opens = via === "tftp" || credential?.kind === "token";
    return body === undefined || !opens ? noAnswer : fileAnswer(path, Buffer.from(body));
  });
  https = `${doors.https}${token}/`;
  const booted = await bootPhone({ ...t31p, server: doors.tftp, ca: doors.caPem });
  assert.deepEqual(booted.problems, []);
  assert.deepEqual(short(booted.requests), [
    "tftp 805ec0000001.boot 404",
    "tftp y000000000000.boot 404",
    "tftp y000000000123.cfg 200",
    "tftp 805ec0000001.cfg 404",
    "https 805ec0000001.boot 404",
    "https y000000000000.boot 404",
    "https y000000000123.cfg 200",
    "https 805ec0000001.cfg 200",
  ]);
  assert.deepEqual(booted.accounts, [
    {
      index: 1,
      user: "1001",
      authUser: "1001",
      password: "se#cret",
      server: "192.0.2.9",
      port: 5060,
      transport: "tcp",
    },
  ]);
  const agents = new Set(doors.requests.map(({ via, userAgent }) => `${via} ${String(userAgent)}`));
  assert.deepEqual([...agents], ["tftp undefined", "https Yealink SIP-T31P 124.86.0.75 80:5e:c0:00:00:01"]);
});

test("a Yealink that finds a boot file asks for what it includes and nothing else", async () => {
  await using doors = await openDoors(({ path }): Answer => {
    if (path === "/805ec0000001.boot")
      return fileAnswer(path, Buffer.from('#!version:1.0.0.1\ninclude:config "sub/a.cfg"\n'));
    return path === "/sub/a.cfg" ? fileAnswer(path, Buffer.from(account)) : noAnswer;
  });
  const booted = await bootPhone({ ...t31p, server: doors.tftp });
  assert.deepEqual(short(booted.requests), ["tftp 805ec0000001.boot 200", "tftp a.cfg 200"]);
  assert.equal(booted.accounts[0]?.user, "1001");
});

test("a Yealink that does not know the CA gets nothing, says so, and the door hears why not", async () => {
  await using doors = await openDoors(() => noAnswer);
  const booted = await bootPhone({ ...t31p, server: doors.https });
  assert.equal(booted.requests.length, 1);
  assert.match(booted.problems.join(), /the CA that signed the certificate is not known here/);
  assert.equal(doors.requests.length, 0);
});

test("a Linphone fetches its one file and has its account", async () => {
  const xml = await readFile(
    new URL(
      "../../firmware-profiles/linphone/examples/linphonec/expected/linphone-020000000001.xml",
      import.meta.url,
    ),
  );
  await using doors = await openDoors(({ path }) =>
    path === "/linphone-020000000001.xml" ? fileAnswer(path, xml, "application/xml") : noAnswer,
  );
  const booted = await bootPhone({
    vendor: "linphone",
    model: "Linphonec",
    mac: "020000000001",
    firmware: "5.1.65",
    server: doors.https,
    ca: doors.caPem,
  });
  assert.deepEqual(booted.problems, []);
  const [first] = booted.accounts;
  assert.deepEqual(
    [first?.user, first?.password, first?.server, first?.transport],
    ["1006", "made-up-1006", "pbx.example.net", "tcp"],
  );
  assert.equal(doors.requests[0]?.userAgent, "Linphonec/5.1.65");
});

const lines: readonly (readonly [string, string, Record<string, string>, number])[] = [
  ["the file without its first line", "a = 1\n", { old: "1" }, 1],
  ["a file with a byte order mark", "\ufeff#!version:1.0.0.1\na = 1\n", { old: "1" }, 1],
  ["%NULL%", "#!version:1.0.0.1\nold = %NULL%\n", {}, 0],
  ["an empty right side", "#!version:1.0.0.1\nold =\n", { old: "1" }, 0],
  ["a bare #", "#!version:1.0.0.1\na = x#y\n", { old: "1" }, 1],
  ["quotes", '#!version:1.0.0.1\r\na = "x#\\"y"\r\n', { old: "1", a: 'x#"y' }, 0],
  ["what is no parameter", "#!version:1.0.0.1\n<html>\n", { old: "1" }, 1],
];

for (const [what, text, expected, problems] of lines) {
  test(`applyConfig() takes ${what} as a Yealink does`, () => {
    const config = new Map([["old", "1"]]);
    assert.equal(applyConfig(text, config).length, problems);
    assert.deepEqual(Object.fromEntries(config), expected);
  });
}

test("applyLpConfig() tells what is no lpconfig", () => {
  assert.match(applyLpConfig("<config>", new Map()).join(), /line 1/);
  assert.match(applyLpConfig("<html/>", new Map()).join(), /not lpconfig/);
});
