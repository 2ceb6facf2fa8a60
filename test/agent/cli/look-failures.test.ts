import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { startOffhook } from "../../end-to-end/offhook.ts";

async function offhook(...words: string[]) {
  await using process = startOffhook(words);
  return { code: await process.ended(), out: process.output(), said: process.talk() };
}

/** A port of loopback at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("offhook diag and doctor, when it does not go well", () => {
  test("a config that cannot be fetched is a problem, not a clean bill", async () => {
    const ended = await offhook("diag", "provisioning", `https://127.0.0.1:${await closedPort()}/x.cfg`);
    assert.equal(ended.code, 4, ended.said);
    assert.match(ended.out, /config-unreachable server 127\.0\.0\.1/);
    assert.doesNotMatch(ended.out, /Nothing wrong/);
  });

  test("a MAC without a server was not looked at", async () => {
    const ended = await offhook("diag", "provisioning", "805ec0010001");
    assert.equal(ended.code, 5, ended.said);
    assert.match(
      ended.out,
      /Not judged: phone 805ec0010001 \(provisioning\) unreachable: a MAC needs `server`/,
    );
  });

  test("a number that is none is repeated as it was typed", async () => {
    const ended = await offhook("diag", "rtp", "127.0.0.1:1", "--seconds", "abc");
    assert.equal(ended.code, 2);
    assert.match(ended.said, /--seconds.*Expected a number, found abc\./);
  });

  test("a file of a secret that is not there is no bug of ours", async () => {
    const ended = await offhook("diag", "poe", "127.0.0.1:1", "--community-file", "no-such-file");
    assert.equal(ended.code, 1);
    assert.match(ended.said, /^offhook: cannot read no-such-file/);
  });

  test("doctor refuses a --phone that is no MAC before it looks", async () => {
    const ended = await offhook("doctor", "--phone", "zz");
    assert.equal(ended.code, 2);
    assert.match(ended.said, /--phone: expected a MAC address of 12 hex digits, in any usual form, found zz/);
  });

  test("doctor says where it could not write the page", async () => {
    const ended = await offhook("doctor", "--html", "/no-such-folder/page.html");
    assert.equal(ended.code, 1);
    assert.match(ended.said, /^offhook: --html: cannot write \/no-such-folder\/page\.html: ENOENT/);
  });
});
