import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeNetascii, readNetascii } from "../../../protocol/tftp/netascii.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

test("encodeNetascii() ends lines with CR LF and guards a lone CR with NUL", () => {
  assert.equal(text(encodeNetascii(Buffer.from("a\nb\rc\r\n"))), "a\r\nb\r\0c\r\0\r\n");
});

test("readNetascii() keeps a CR that is followed by neither LF nor NUL", () => {
  assert.equal(text(readNetascii(Buffer.from("a\rb\r"))), "a\rb\r");
});

test("readNetascii() undoes encodeNetascii() for any bytes", () => {
  const bytes = fc.array(fc.constantFrom(0, 10, 13, 65, 255), { maxLength: 40 });
  fc.assert(
    fc.property(bytes, (list) => {
      const body = Uint8Array.from(list);
      assert.deepEqual(readNetascii(encodeNetascii(body)), body);
    }),
    { numRuns: 2000 },
  );
});
