import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { syntaxes } from "../../../provisioning-server/profiles/syntax/list.ts";
import type { Pair } from "../../../provisioning-server/profiles/syntax/syntax.ts";
import { findSyntax } from "../../../provisioning-server/profiles/syntax/list.ts";

const optionsOf: Record<string, Record<string, unknown>> = {
  "fanvil-xml": { dialect: "sysConf" },
  "p-values": { root: "gs_provision", config: "1" },
  "quoted-lines": { firstLine: "# Panasonic SIP Phone Standard Format File #", longestLine: 537 },
  "set-lines": { get: ["$MACADDR.txt"] },
  "key-value": { firstLine: "#!version:1.0.0.1", clear: "%NULL%" },
  "xml-attributes": { root: "PHONE_CONFIG", element: "ALL" },
  "java-properties": { clear: "${null}" },
  "xml-items": {
    root: "config",
    attributes: { version: "1.1" },
    item: { path: "nvm", element: "param", name: "name", value: "value" },
    naming: { account: ["index"] },
  },
  "xml-settings": { perm: "R" },
};
const keyOf: Record<string, string> = {
  "fanvil-text": "SIP CONFIG MODULE/SIP Line List/SIP1 Display Name",
  "fanvil-xml": "sip/line[1]/DisplayName",
  "p-values": "P27",
  "key-value": "account.1.label",
  lpconfig: "proxy_0/label",
  "parameter-list": "VoiceService.1/Enable",
  "quoted-lines": "DISPLAY_NAME_1",
  "set-lines": "DISPLAY_NAME",
};

const hostile = [
  "plain",
  "",
  " leading",
  "trailing ",
  "\ttab",
  "a\nb",
  "a\r\nstatic.x = 1",
  "\r",
  "a # b",
  "#",
  '"',
  '"quoted"',
  'a"b',
  "a\\",
  "# a\\",
  '\\"',
  "'",
  "&amp;",
  "<b>",
  "</config>",
  "]]>",
  "<!--",
  "<?x?>",
  "=",
  "a = b",
  "%NULL%",
  "%null%",
  "\u{1f4de}\u{1f468}\u200d\u{1f469}",
  "äöü ß",
  "日本語",
  "مرحبا",
  "\u0000",
  "\u0007",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\ufffe",
  "\ud800",
  "a".repeat(300),
  "\u00a0x",
  "x\u3000",
  "&#10;",
  "&lt;",
];

/** The value comes back as it was, or is refused with a limit and stands nowhere. */
function roundTrip(name: string, pairs: readonly Pair[]): void {
  const syntax = findSyntax(name);
  assert.ok(syntax);
  const options = optionsOf[name] ?? {};
  const written = syntax.write(pairs, options);
  const refused = new Set(written.refused.map(({ index }) => index));
  for (const { limit } of written.refused) assert.ok(limit.length > 10);
  const carried = pairs.filter((_, index) => !refused.has(index));
  const read = syntax.read(written.body, options);
  assert.ok(read.ok, JSON.stringify(read));
  const sorted = (list: readonly Pair[]) => list.map(({ key, value }) => `${key}\n${value}`).toSorted();
  assert.deepEqual(sorted(read.value), sorted(carried));
  const lines = written.body.split("\n");
  for (const [index, line] of written.lines.entries())
    assert.ok(refused.has(index) ? line === 0 : line > 0 && line <= lines.length);
}

for (const { name } of syntaxes) {
  const key = keyOf[name] ?? "key";
  test(`${name}: each hostile value comes back or is refused`, () => {
    for (const value of hostile) roundTrip(name, [{ key, value }]);
    roundTrip(
      name,
      hostile.map((value) => ({ key, value })),
    );
  });

  test(`${name}: a hostile key is refused and adds nothing`, () => {
    for (const bad of ["a\nb = 1", "", "a b", 'x" y="z', "<x>", "a=b", "é"]) {
      if (bad === "a b" && name === "colon-lines") continue; // its keys are words with blanks between them
      const syntax = findSyntax(name);
      const written = syntax?.write([{ key: bad, value: "1" }], optionsOf[name] ?? {});
      assert.equal(written?.refused.length, 1, bad);
    }
  });

  test(`${name}: any Unicode text comes back or is refused`, () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.array(fc.constantFrom(...hostile), { maxLength: 5 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), (values) => {
        roundTrip(
          name,
          values.map((text, index) => ({ key: `${key}${index}`, value: text })),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test(`${name}: read() never throws on what is no config of ours`, () => {
    const syntax = findSyntax(name);
    const sound =
      syntax?.write(
        [
          { key, value: 'a "b" # c' },
          { key, value: "d" },
        ],
        optionsOf[name] ?? {},
      ).body ?? "";
    const broken = fc
      .tuple(fc.nat(sound.length), fc.nat(20), fc.string({ unit: "binary", maxLength: 6 }))
      .map(([at, cut, put]) => sound.slice(0, at) + put + sound.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: "binary", maxLength: 60 })), (body) => {
        const read = syntax?.read(body, optionsOf[name] ?? {});
        assert.ok(read?.ok === true || (read?.ok === false && read.why.expected !== ""));
      }),
      { numRuns: 20_000 },
    );
  });
}

test("key-value: write() quotes what a comment sign or blanks would spoil, and clears with the family's word", () => {
  const syntax = findSyntax("key-value");
  const pairs = [
    { key: "a", value: "x # y" },
    { key: "b", value: "" },
    { key: "c", value: 'say "hi"' },
    { key: "d", value: "%NULL%" },
  ];
  const written = syntax?.write(pairs, optionsOf["key-value"] ?? {});
  assert.equal(written?.body, '#!version:1.0.0.1\na = "x # y"\nb = %NULL%\nc = "say \\"hi\\""\n');
  assert.deepEqual(written.lines, [2, 3, 4, 0]);
  assert.match(written.refused[0]?.limit ?? "", /clears the key/);
});

test("lpconfig: a plain XML parser finds the value that went in", () => {
  const value = "<&>\"' ü \u{1f4de}";
  const body = findSyntax("lpconfig")?.write([{ key: "sip/x", value }], {}).body ?? "";
  const parsed: unknown = new XMLParser({ ignoreAttributes: false }).parse(body);
  assert.equal(JSON.stringify(parsed).includes(JSON.stringify(value).slice(1, -1)), true);
});

/** Readers of their own, as simple as the guides tell the formats. */
const readers: Record<string, (body: string) => Map<string, string>> = {
  "colon-lines": (body) =>
    new Map(
      body.split("\n").flatMap((line) => {
        const at = line.indexOf(": ");
        return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 2).replaceAll('"', "")] as const];
      }),
    ),
  "quoted-lines": (body) =>
    new Map(
      body.split("\r\n").flatMap((line) => {
        const parts = line.split('"');
        return parts.length === 3 ? [[(parts[0] ?? "").slice(0, -1), parts[1] ?? ""] as const] : [];
      }),
    ),
  "set-lines": (body) =>
    new Map(
      body.split("\n").flatMap((line) => {
        const [word, name, ...value] = line.split(" ");
        return word === "SET" && name !== undefined
          ? [[name, value.join(" ").replaceAll('"', "")] as const]
          : [];
      }),
    ),
};

for (const [name, key] of [
  ["colon-lines", "sip line1 screen name"],
  ["quoted-lines", "DISPLAY_NAME_1"],
  ["set-lines", "DISPLAY_NAME"],
] as const)
  test(`${name}: a reader that knows the format alone finds the value that went in`, () => {
    for (const value of [
      "plain",
      "x+#|0",
      " both ends ",
      "a; b = c: d",
      "ü \u{1f4de}",
      "<&>'",
      "a/b?c=1&d=%20",
    ]) {
      const written = findSyntax(name)?.write([{ key, value }], optionsOf[name] ?? {});
      assert.equal(readers[name]?.(written?.body ?? "").get(key), value);
    }
  });

test("quoted-lines: a line of more bytes than the phone takes is refused with the number that is left", () => {
  const write = (value: string) =>
    findSyntax("quoted-lines")?.write([{ key: "DISPLAY_NAME_1", value }], optionsOf["quoted-lines"] ?? {});
  assert.deepEqual(write("a".repeat(518))?.refused, []);
  assert.deepEqual(write("a".repeat(519))?.refused, [{ index: 0, limit: "at most 518 bytes" }]);
  assert.deepEqual(write("é".repeat(260))?.refused, [{ index: 0, limit: "at most 518 bytes" }]);
  assert.ok(write("x")?.body.endsWith('DISPLAY_NAME_1="x"\r\n'));
});

test("set-lines: the files to fetch stand after the settings", () => {
  const written = findSyntax("set-lines")?.write([{ key: "DSCPAUD", value: "46" }], {
    get: ["$MACADDR.txt"],
  });
  assert.equal(written?.body, "SET DSCPAUD 46\nGET $MACADDR.txt\n");
});
