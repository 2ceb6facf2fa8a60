import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { defectNames, defectSentence, type DefectName } from "../../../protocol/sip/defect.ts";
import { tortureMessages } from "./torture-messages.ts";

for (const { like, text, defects, refused, stream } of tortureMessages) {
  const expected = refused ? "is refused" : defects.length === 0 ? "is valid" : `shows ${defects.join(", ")}`;
  test(`torture: ${like} ${expected}`, () => {
    const bytes = Buffer.from(text, "utf8");
    const received = decodeSip(bytes, { from: stream ? "stream" : "datagram" });
    assert.equal(received.ok, refused === undefined);
    if (!received.ok) return;
    const found = received.value.defects;
    const names = new Set<string>(found.map(({ name }) => name));
    if (defects.length === 0) assert.deepEqual(found.map(defectSentence), []);
    for (const name of defects) assert.ok(names.has(name), `${name} not in ${[...names].join(", ")}`);
    for (const { at } of found) assert.ok(at >= 0 && at <= bytes.length);
  });
}

test("torture: every name of a defect has a message that shows it", () => {
  const shown = new Set<DefectName>(tortureMessages.flatMap(({ defects }) => defects));
  // Bytes that are not UTF-8 cannot stand in a text; message.test.ts has them.
  assert.deepEqual(
    defectNames.filter((name) => !shown.has(name)),
    ["not-utf8"],
  );
});

test("torture: each of the 49 messages of RFC 4475 has one of its kind here", () => {
  const names =
    "wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason badinv01 clerr " +
    "ncl scalar02 scalarlg quotbal ltgtruri lwsruri lwsstart trws escruri baddate regbadct badaspec baddn badvers " +
    "mismatch01 mismatch02 bigcode badbranch insuf unkscm novelsc unksm2 bext01 invut regaut01 multi01 mcl01 bcast zeromf " +
    "cparam01 cparam02 regescrt sdp01 inv2543";
  const here = new Set(tortureMessages.map(({ like }) => like.split(":")[0]));
  assert.equal(names.split(" ").length, 49);
  assert.deepEqual(
    names.split(" ").filter((name) => !here.has(name)),
    [],
  );
});
