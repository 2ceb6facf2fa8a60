import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeAskedPath,
  decodeRequestTarget,
  printRefusedPath,
} from "../../../provisioning-server/doors/asked-path.ts";

const token = "AbCdEfGhIjKlMnOpQrStU_";

const paths: readonly (readonly [string, string, string | undefined])[] = [
  ["/805ec0010001.cfg", "/805ec0010001.cfg", undefined],
  ["805ec0010001.cfg", "/805ec0010001.cfg", undefined],
  ["//a//./b.cfg", "/a/b.cfg", undefined],
  ["\\Phones\\b.cfg", "/Phones/b.cfg", undefined],
  [`/${token}/b.cfg`, "/b.cfg", token],
  [`${token}/b.cfg`, "/b.cfg", token],
  [`/${token}`, `/${token}`, undefined],
  ["", "/", undefined],
];

for (const [name, path, expected] of paths) {
  test(`decodeAskedPath() reads ${JSON.stringify(name)} as ${path}`, () => {
    const result = decodeAskedPath(name);
    assert.ok(result.ok);
    assert.deepEqual([result.value.path, result.value.token?.reveal()], [path, expected]);
  });
}

const targets: readonly (readonly [string, string])[] = [
  ["/a.cfg?mac=1#x", "/a.cfg"],
  ["http://server:8443/a.cfg", "/a.cfg"],
  ["/T46U-108.86.0.90%28a%29.rom", "/T46U-108.86.0.90(a).rom"],
  ["/a%2Fb.cfg", "/a/b.cfg"],
];

for (const [target, path] of targets) {
  test(`decodeRequestTarget() reads ${target} as ${path}`, () => {
    assert.deepEqual(decodeRequestTarget(target), { ok: true, value: { path } });
  });
}

// Ways out of a folder that have worked somewhere; none of them is a path here (fault matrix row 25).
const ways = [
  "../x",
  "/../x",
  "/a/../../x",
  "/..\\x",
  "/%2e%2e/x",
  "/%2e%2e%2fx",
  "/..%5cx",
  "/..%c0%afx",
  "/%c0%ae%c0%ae/x",
  "/%e0%80%ae/x",
  "/a%00.cfg",
  "/a%0d%0ab",
  "/%",
  "/%zz",
];

for (const way of ways) {
  test(`decodeRequestTarget() refuses ${way}`, () => {
    const result = decodeRequestTarget(way);
    assert.equal(result.ok, false);
  });
}

test("printRefusedPath() leaves no token and no control character", () => {
  assert.equal(printRefusedPath(`/${token}/../x\0y`), "/…/../x?y");
});
