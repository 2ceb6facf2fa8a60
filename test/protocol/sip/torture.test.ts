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
