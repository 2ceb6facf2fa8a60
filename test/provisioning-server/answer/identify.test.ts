import assert from "node:assert/strict";
import { test } from "node:test";
import type { Door } from "../../../protocol/phone-request.ts";
import { identify } from "../../../provisioning-server/answer/identify.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const ask = (path: string, userAgent?: string, via: Door = "https") =>
  identify({ via, path, ...(userAgent === undefined ? {} : { userAgent }) }, profiles);

// vendor, model, mac, firmware, file; `-` where it must be absent.
const table: [path: string, agent: string | undefined, expected: string][] = [
  [
    "/805ec0000001.cfg",
    "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01",
    "yealink T46U 805ec0000001 108.86.0.20 config",
  ],
  [
    "/y000000000108.cfg",
    "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01",
    "yealink T46U 805ec0000001 108.86.0.20 config",
  ],
  ["/y000000000000.boot", "Yealink SIP-T46U 108.86.0.20", "yealink T46U - 108.86.0.20 optional"],
  ["/x", "yealink SIP-T28P 2.73.0.50 00:15:65:00:00:09", "yealink T28P 001565000009 2.73.0.50 unknown"],
  ["/x", "Yealink SIP-T38G  38.70.0.125 00:15:65:2f:00:5e", "yealink T38G 0015652f005e 38.70.0.125 unknown"],
  ["/x", "Yealink SIP VP-T49G 51.80.0.10 00:15:65:00:5a:44", "yealink T49G 001565005a44 51.80.0.10 unknown"],
  ["/x", "Yealink W70B 146.85.0.5 80:5e:0c:00:65:4e", "yealink W70B 805e0c00654e 146.85.0.5 unknown"],
  ["/x", "VP530P 23.70.0.40 00:15:65:00:4b:c0", "yealink VP530P 001565004bc0 23.70.0.40 unknown"],
  ["/x", "Yealink SIP-T56A  58.80.0.25 001565f400a4", "yealink T56A 001565f400a4 58.80.0.25 unknown"],
  ["/x", "Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0", "yealink T46G - 28.71.0.81 unknown"],
  ["/x", "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00", "yealink T46U - 108.86.0.20 unknown"],
  ["/x", "Yealink SIP-T46U 108.86.0.20 00:00:00:00:00:00", "yealink T46U - 108.86.0.20 unknown"],
  [
    "/x",
    "Yealink SIP-T21P_E2 52.84.0.15 00:15:65:00:00:0a",
    "yealink T21P_E2 00156500000a 52.84.0.15 unknown",
  ],
  // Without an agent the prefix or the name of the path decides.
  ["/805ec0000001.cfg", undefined, "yealink - 805ec0000001 - config"],
  ["/805EC0000001.CFG", "curl/8.5.0", "yealink - 805ec0000001 - config"],
  ["/a%20b//phones\\805ec0000001.cfg?token=x#y", undefined, "yealink - 805ec0000001 - config"],
  ["805ec0000001.boot", undefined, "yealink - 805ec0000001 - optional"],
  ["/y000000000108.cfg", undefined, "yealink T46U - - config"],
  ["/y000000000123.cfg", undefined, "yealink - - - config"], // T31, T31P and T31G share the code
  ["/y000000000999.cfg", undefined, "yealink - - - config"],
  ["/y00000000108.cfg", undefined, "- - - - unknown"],
  ["/123456000001.cfg", undefined, "- - 123456000001 - config"], // nobody's prefix: the vendor is not guessed
  ["/80-5e-c0-00-00-01.cfg", undefined, "yealink - 805ec0000001 - config"],
  ["/805ec00000010.cfg", undefined, "- - - - unknown"],
  ["/linphone-020000000001.xml", "Unknown", "linphone - 020000000001 - config"],
  ["/linphone/02:00:00:00:00:01.xml", "Linphonec/5.1.65", "linphone Linphonec 020000000001 5.1.65 config"],
  ["/", undefined, "- - - - unknown"],
  ["", "", "- - - - unknown"],
];

for (const [path, agent, expected] of table) {
  test(`identify() tells ${expected} of ${path} by ${agent ?? "no agent"}`, () => {
    const { vendor = "-", model = "-", mac = "-", firmware = "-", file } = ask(path, agent);
    assert.equal(`${vendor} ${model} ${mac} ${firmware} ${file}`, expected);
  });
}

test("identify() makes no MAC of zeros, of a group address, of a serial number, or of digits that are too many", () => {
  for (const path of ["/000000000000.cfg", "/ffffffffffff.cfg", "/01005e000001.cfg", "/805ec00000010.cfg"])
    assert.equal(ask(path).mac, undefined, path);
  assert.equal(ask("/x", "Linksys/SPA-942-6.1.5(a) (88019FA42805)").mac, undefined);
});

test("identify() tells the vendor of a MAC in a path of no known shape, and nothing of other digits", () => {
  assert.deepEqual(ask("/any/805ec0000001.unknown"), {
    vendor: "yealink",
    mac: "805ec0000001",
    file: "unknown",
  });
  assert.deepEqual(ask("/any/123456789012.unknown"), { file: "unknown" });
  assert.deepEqual(ask("/any?mac=805ec0000001"), { vendor: "yealink", mac: "805ec0000001", file: "unknown" });
});

test("identify() takes the MAC of a verified certificate, and of no other", () => {
  const certificate = (verified: boolean) => {
    const subject = "O=Yealink\nCN=805EC0000001";
    const vouched = verified ? [{ vendor: "yealink", mac: "805ec0000001" }] : [];
    const credential = { kind: "certificate", subject, issuer: "", verified, vouched } as const;
    return identify({ via: "https", path: "/x", credential }, profiles).mac;
  };
  assert.equal(certificate(true), "805ec0000001");
  assert.equal(certificate(false), undefined);
});

test("identify() takes the MAC of the file that is asked, not the agent's, where they differ", () => {
  const { mac } = ask("/805ec0000002.cfg", "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01");
  assert.equal(mac, "805ec0000002");
});

/** mulberry32: the same odd requests for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("identify() survives 100,000 odd paths and agents and says the same twice", () => {
  const seed = Date.now() % 1_000_000;
  const next = generator(seed);
  const pieces = [
    "Yealink ",
    "SIP-",
    "T46U",
    " ",
    "  ",
    "108.86.0.20",
    "80:5e:c0:00:00:01",
    "805ec0000001",
    "y0000000",
    "00108",
    ".cfg",
    ".boot",
    "/",
    "//",
    "\\",
    "%20",
    "%",
    "%zz",
    "%00",
    "..",
    "?",
    "#",
    "linphone-",
    "Linphonec/",
    "5.1.65",
    "-",
    ":",
    "\u0000",
    "\u{1f4de}",
    "\ud800",
    "é",
    "\r\n",
    "{mac}",
    "__proto__",
    "constructor",
    "0".repeat(40),
    "a".repeat(400),
    ".xml",
    ".rom",
  ];
  const text = () => Array.from({ length: next(9) }, () => pieces[next(pieces.length)]).join("");
  for (let round = 0; round < 100_000; round += 1) {
    const [path, agent] = [text(), text()];
    const identity = ask(path, agent);
    assert.match(identity.mac ?? "805ec0000001", /^[0-9a-f]{12}$/, `seed ${seed}`);
    assert.notEqual(identity.mac, "000000000000");
    if (round % 100 === 0) assert.deepEqual(ask(path, agent), identity, `seed ${seed}`);
  }
});
