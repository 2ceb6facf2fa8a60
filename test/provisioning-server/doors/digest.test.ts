import assert from "node:assert/strict";
import { test } from "node:test";
import { challengeHeaders, DigestNonces, readDigest } from "../../../provisioning-server/doors/digest.ts";

const key = new Uint8Array(32).fill(7);
let salts = 0;
const nonces = (most = 100) => new DigestNonces({ key, salt: () => Buffer.alloc(8, (salts += 1)), most });

test("DigestNonces takes each count of a nonce once, out of order as well", () => {
  const made = nonces();
  const nonce = made.issue(1000);
  const takes = [1, 3, 2, 2, 3, 40, 9, 8, 39, 0, -1].map((count) => made.take(nonce, count, 2000));
  assert.deepEqual(takes, [true, true, true, false, false, true, true, false, true, false, false]);
});

test("DigestNonces takes a nonce for 60 s, by every process with the key, and by no other", () => {
  const nonce = nonces().issue(1000);
  assert.equal(nonces().take(nonce, 1, 60_999), true);
  assert.equal(nonces().take(nonce, 1, 61_000), false);
  assert.equal(nonces().take(nonce, 1, 999), false);
  const other = new DigestNonces({ key: new Uint8Array(32), salt: () => new Uint8Array(8) });
  assert.equal(other.take(nonce, 1, 1000), false);
});

test("DigestNonces refuses every nonce that was changed in one place", () => {
  const made = nonces();
  const nonce = made.issue(1000);
  for (let at = 0; at < nonce.length; at += 1) {
    const changed = `${nonce.slice(0, at)}${nonce[at] === "A" ? "B" : "A"}${nonce.slice(at + 1)}`;
    assert.equal(made.take(changed, 1, 1000), false, changed);
  }
  for (const text of ["", "x", `${nonce}A`, nonce.slice(1)]) assert.equal(made.take(text, 1, 1000), false);
});

test("DigestNonces keeps no more than its most, and what it forgot is never good again", () => {
  const made = nonces(10);
  const all = Array.from({ length: 30 }, (_, at) => made.issue(1000 + at));
  for (const nonce of all) assert.equal(made.take(nonce, 1, 2000), true);
  for (const nonce of all) assert.equal(made.take(nonce, 1, 2000), false);
});

const asked = { method: "GET", target: "/a.cfg?x=1" };
const header = (change: Record<string, string>): string => {
  const fields = {
    username: '"u"',
    realm: '"offhook"',
    nonce: '"n"',
    uri: '"/a.cfg?x=1"',
    qop: "auth",
    nc: "0000000a",
    cnonce: '"c"',
    response: '"ABC"',
    algorithm: "MD5",
    ...change,
  };
  const pairs = Object.entries(fields).filter(([, value]) => value !== "");
  return `Digest ${pairs.map(([name, value]) => `${name}=${value}`).join(", ")}`;
};

test("readDigest() reads the fields, with the whole address as uri too", () => {
  for (const uri of ['"/a.cfg?x=1"', '"https://localhost:8443/a.cfg?x=1"']) {
    const read = readDigest(header({ uri }), asked, (nonce, count) => nonce === "n" && count === 10);
    assert.ok(read !== undefined);
    assert.deepEqual(
      [read.user, read.nonceCount, read.fresh, read.response.reveal()],
      ["u", 10, true, "abc"],
    );
  }
});

const useless: readonly Record<string, string>[] = [
  { uri: '"/b.cfg"' },
  { qop: "" },
  { qop: "auth-int" },
  { nc: "" },
  { nc: "1" },
  { nc: "zzzzzzzz" },
  { realm: '"other"' },
  { algorithm: "SHA-512-256" },
  { algorithm: "MD5-sess" },
];
for (const change of useless) {
  test(`readDigest() takes nothing with ${JSON.stringify(change)}`, () => {
    assert.equal(
      readDigest(header(change), asked, () => assert.fail("a count was used")),
      undefined,
    );
  });
}

test("challengeHeaders() writes one challenge a scheme, in the order of the settings", () => {
  assert.deepEqual(challengeHeaders(["basic", "digest-md5"], "n", true), [
    'Basic realm="offhook"',
    'Digest realm="offhook", qop="auth", nonce="n", algorithm=MD5, stale=true',
  ]);
});
