import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { findSyntax } from "../../../provisioning-server/profiles/syntax/list.ts";
import type { Pair } from "../../../provisioning-server/profiles/syntax/syntax.ts";
import { decodeXml } from "../../../provisioning-server/profiles/syntax/xml-reader.ts";

const tree = findSyntax("element-tree");
assert.ok(tree);
const flat = { root: "flat-profile", charset: "ascii" };
const device = { root: "device", declaration: true, naming: ["button", "priority"] };
const template = { root: "DIALTEMPLATE", numbered: ["TEMPLATE"] };

test("element-tree: write() nests by the way in the key, and each line is told", () => {
  const pairs = [
    { key: "deviceProtocol", value: "SIP" },
    { key: "sipProfile/sipLines/line@button=1/name", value: "1001" },
    { key: "sipProfile/sipLines/line@button=2/name", value: "1002" },
    { key: "sipProfile/sipLines/line@button=1/authPassword", value: "a<b" },
  ];
  const { body, lines, refused } = tree.write(pairs, device);
  assert.deepEqual(refused, []);
  assert.equal(
    body,
    `<?xml version="1.0" encoding="UTF-8"?>
<device>
  <deviceProtocol>SIP</deviceProtocol>
  <sipProfile>
    <sipLines>
      <line button="1">
        <name>1001</name>
        <authPassword>a&lt;b</authPassword>
      </line>
      <line button="2">
        <name>1002</name>
      </line>
    </sipLines>
  </sipProfile>
</device>
`,
  );
  assert.deepEqual(lines, [3, 7, 11, 8]);
  const read = tree.read(body, device);
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.map(({ key }) => key),
    [pairs[0], pairs[1], pairs[3], pairs[2]].map((pair) => pair?.key),
  );
});

test("element-tree: numbered elements carry their values in attributes", () => {
  const pairs = [
    { key: "TEMPLATE#1/@MATCH", value: "9,........" },
    { key: "TEMPLATE#1/@Timeout", value: "0" },
    { key: "TEMPLATE#2/@MATCH", value: "*" },
  ];
  const { body } = tree.write(pairs, template);
  assert.match(
    body,
    /^<DIALTEMPLATE>\n {2}<TEMPLATE MATCH="9,\.{8}" Timeout="0"\/>\n {2}<TEMPLATE MATCH="\*"\/>\n/,
  );
  assert.deepEqual(tree.read(body, template), { ok: true, value: pairs });
});

test("element-tree: what an ASCII profile cannot carry is refused, and what stands in the key must be known", () => {
  const limitOf = (pair: Pair, options: Record<string, unknown> = flat) =>
    tree.write([pair], options).refused[0]?.limit ?? "";
  assert.equal(limitOf({ key: "Display_Name_1_", value: "Müller" }), "ASCII text");
  assert.match(limitOf({ key: "Display_Name_1_", value: " x" }), /blanks at its ends/);
  assert.match(limitOf({ key: "Display_Name_1_", value: "a\nb" }), /one line/);
  assert.match(limitOf({ key: "line@button=1/name", value: "x" }), /a key/);
  assert.match(limitOf({ key: "TEMPLATE/@MATCH", value: "x" }), /a key/);
  assert.match(limitOf({ key: "TEMPLATE#1", value: "x" }, template), /a key/);
  assert.equal(limitOf({ key: "Enable_802.1X_Authentication", value: "No" }), "");
});

test("element-tree: an independent parser finds the values that went in", () => {
  const parser = new XMLParser({ parseTagValue: false, trimValues: false });
  const value = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(value, (text) => {
      const { body, refused } = tree.write([{ key: "a/b", value: text }], { root: "device" });
      if (refused.length > 0) return;
      const parsed: { device: { a: { b: string } } } = parser.parse(body);
      assert.equal(parsed.device.a.b, text);
    }),
    { numRuns: 5000 },
  );
});

test("element-tree: read() takes what phones export: comments, attributes, blanks, references", () => {
  const read = tree.read(
    '<?xml version="1.0" standalone="yes"?>\n<!-- a - b -->\n<flat-profile>\n<A_1_ ua="na" group=\'x\'> 1 </A_1_>\n<B/>\n<C>&#x2e;&#40;&apos;</C></flat-profile>',
    flat,
  );
  assert.deepEqual(read, {
    ok: true,
    value: [
      { key: "A_1_", value: "1", attributes: { ua: "na", group: "x" } },
      { key: "B", value: "" },
      { key: "C", value: ".('" },
    ],
  });
});

for (const [what, body] of [
  ["a document type", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"],
  ["an unknown reference", "<a>&nbsp;</a>"],
  ["a reference without an end", "<a>&amp</a>"],
  ["CDATA", "<a><![CDATA[x]]></a>"],
  ["a tag that is not closed", "<a><b></a>"],
  ["text beside elements", "<a>x<b/></a>"],
  ["two roots", "<a/><b/>"],
  ["an attribute twice", '<a><b c="1" c="2"/></a>'],
  ["an attribute without quotes", "<a><b c=1/></a>"],
  ["depth", "<a>".repeat(5000)],
  ["nothing", ""],
  ["a character that XML has not", "<a>&#1;</a>"],
] as const)
  test(`decodeXml() refuses ${what}`, () => assert.equal(decodeXml(body).ok, false));

test("decodeXml() never throws or hangs on 100,000 broken documents", () => {
  const pieces = [
    "<a>",
    "</a>",
    "<b c='",
    "'",
    '"',
    "/>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "&amp;",
    "&#",
    ";",
    "x",
    " ",
    "\n",
    "<",
    ">",
    "=",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      const read = decodeXml(parts.join(""));
      assert.ok(read.ok || read.why.expected !== "");
    }),
    { numRuns: 100_000 },
  );
});

test("cnf-lines: read() takes comments and bare words; write() refuses quotes and other alphabets", () => {
  const cnf = findSyntax("cnf-lines");
  const read = cnf?.read(
    '# label\nphone_label: "a # b"\nproxy_register: 1   ; default 0\n\nline1_name:"x"\n',
    {},
  );
  assert.deepEqual(read, {
    ok: true,
    value: [
      { key: "phone_label", value: "a # b" },
      { key: "proxy_register", value: "1" },
      { key: "line1_name", value: "x" },
    ],
  });
  const written = cnf?.write(
    ["Büro", 'a "b"', "a\nb: c", "ok"].map((value) => ({ key: "x", value })),
    {},
  );
  assert.equal(written?.body, 'x: "ok"\n');
  assert.equal(written.refused.length, 3);
});
