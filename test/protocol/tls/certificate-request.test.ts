import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateRequestedIn } from "../../../protocol/tls/certificate-request.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const message = (type: number, length: number) => [
  type,
  0,
  length >> 8,
  length & 255,
  ...new Uint8Array(length),
];
const record = (type: number, body: readonly number[]) => [
  type,
  3,
  3,
  body.length >> 8,
  body.length & 255,
  ...body,
];
const hello = message(2, 80).with(4, 3).with(5, 3);
const certificate = message(11, 600);
const asking = message(13, 40);
const done = message(14, 0);

test("certificateRequestedIn() finds the demand, in one record, in several, or across their borders", () => {
  const all = [...hello, ...certificate, ...asking, ...done];
  assert.ok(certificateRequestedIn(Uint8Array.from(record(22, all))));
  assert.ok(
    certificateRequestedIn(
      Uint8Array.from([hello, certificate, asking, done].flatMap((each) => record(22, each))),
    ),
  );
  const cut = [...record(22, all.slice(0, 700)), ...record(22, all.slice(700))];
  assert.ok(certificateRequestedIn(Uint8Array.from(cut)));
});

test("certificateRequestedIn() finds none where none is, nor in what is no longer in the clear", () => {
  assert.ok(
    undefined === certificateRequestedIn(Uint8Array.from(record(22, [...hello, ...certificate, ...done]))),
  );
  assert.ok(
    undefined === certificateRequestedIn(Uint8Array.from([...record(20, [1]), ...record(22, asking)])),
  );
  assert.ok(undefined === certificateRequestedIn(Uint8Array.from(record(21, [2, 40]))));
  assert.ok(undefined === certificateRequestedIn(Buffer.from("SIP/2.0 400 Bad Request\r\n\r\n")));
});

test("certificateRequestedIn() never throws (fuzz)", (t) => {
  const random = seededRandom(t);
  const seed = Uint8Array.from(record(22, [...hello, ...asking, ...done]));
  let found = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = random() < 0.3 ? randomBytes(random, 100) : Uint8Array.from(seed);
    if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    if (certificateRequestedIn(bytes) !== undefined) found += 1;
  }
  assert.ok(found > 1000, `${found} were found`);
});
