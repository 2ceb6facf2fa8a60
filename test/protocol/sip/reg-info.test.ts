import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRegInfo } from "../../../protocol/sip/reg-info.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 3680);

const registered = `<?xml version="1.0"?>
<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="1" state="full">
  <registration aor="sip:1001@pbx.example" id="as9" state="active">
    <contact id="76" state="active" event="registered" duration-registered="7322" q="0.8">
      <uri>sip:1001@192.0.2.7:5060;x=1&amp;2</uri>
    </contact>
    <contact id="77" state="terminated" event="expired"><uri>sip:1001@192.0.2.8</uri></contact>
  </registration>
</reginfo>`;

test("decodeRegInfo() reads the active contacts of an account", () => {
  const read = decodeRegInfo(registered);
  assert.deepEqual(read, {
    ok: true,
    value: { state: "active", contacts: ["sip:1001@192.0.2.7:5060;x=1&2"] },
  });
});

test("decodeRegInfo() reads prefixed names, an account with nobody, and none at all", () => {
  const nobody = `<r:reginfo xmlns:r='urn:ietf:params:xml:ns:reginfo'><r:registration aor='sip:a@b' state='terminated'/></r:reginfo>`;
  assert.deepEqual(decodeRegInfo(nobody), { ok: true, value: { state: "terminated", contacts: [] } });
  const none = `<reginfo version="0" state="full"></reginfo>`;
  assert.deepEqual(decodeRegInfo(none), { ok: true, value: { state: "init", contacts: [] } });
});

test("decodeRegInfo() refuses what is no reginfo, and says so", () => {
  const read = decodeRegInfo("v=0\r\n");
  assert.ok(!read.ok && read.why.place === "reginfo");
});

test(`decodeRegInfo() never throws (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const words = [
    "<contact",
    "</contact>",
    "<uri>",
    "<!--",
    "-->",
    'state="active"',
    ">",
    "/>",
    "&amp;",
    "<reginfo ",
  ];
  for (let round = 0; round < 100_000; round += 1) {
    const at = random.below(registered.length);
    const word = words[random.below(words.length)] ?? "";
    const text = registered.slice(0, at) + word + registered.slice(at + random.below(30));
    const read = decodeRegInfo(text);
    if (read.ok) assert.ok(read.value.contacts.length <= 100);
  }
});
