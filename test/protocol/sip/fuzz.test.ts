import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { Defects } from "../../../protocol/sip/defect.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import type { SipMessage } from "../../../protocol/sip/message.ts";
import { decodeNameAddr } from "../../../protocol/sip/name-addr.ts";
import { emptyStream, stepStream } from "../../../protocol/sip/stream-framing.ts";
import { decodeUri, encodeUri } from "../../../protocol/sip/uri.ts";
import { decodeVia } from "../../../protocol/sip/via.ts";
import { seededRandom, type SeededRandom } from "../../fakes/seeded-random.ts";
import { tortureMessages } from "./torture-messages.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 3261);
const rounds = 100_000;

// Short ones keep 100,000 rounds short; the long ones are tested by name.
const seeds = tortureMessages.map(({ text }) => Buffer.from(text)).filter(({ length }) => length < 1500);
const words = [
  ...Array.from('\r\n,;=<>"\\:@/?%[]() \t'),
  "\r\n\r\n",
  "\r\n ",
  "\0",
  "\u00ff",
  "SIP/2.0",
  "sip:",
  "Via: ",
  "l: ",
  "Content-Length: 9",
  "*",
  "999999999999",
  "-1",
].map((word) => Buffer.from(word, "latin1"));

/** A good message, or half of two, with words of the grammar put in, and bytes changed or cut out. */
function mutate(random: SeededRandom): Buffer {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  let bytes: Buffer = Buffer.from(pick(seeds));
  if (random.below(8) === 0) {
    const other = pick(seeds);
    bytes = Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  }
  for (let times = random.below(6); times > 0; times -= 1) {
    const at = random.below(bytes.length + 1);
    const cut = random.below(3) === 0 ? random.below(20) : 0;
    const put = random.below(4) === 0 ? Buffer.from(random.bytes(random.below(4))) : pick(words);
    bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(Math.min(at + cut, bytes.length))]);
  }
  return bytes;
}

const plain = (message: SipMessage) => ({
  ...message,
  headers: message.headers
    .filter(({ name }) => name !== "Content-Length")
    .map(({ name, value }) => [name, value]),
  body: Buffer.from(message.body).toString("hex"),
});

test(`decodeSip() takes ${rounds} mutated messages without throwing; what it read survives encoding (seed ${seed})`, (t) => {
  const random = seededRandom(seed);
  let read = 0;
  for (let round = 0; round < rounds; round += 1) {
    const bytes = mutate(random);
    const received = decodeSip(bytes, { from: round % 2 === 0 ? "datagram" : "stream" });
    if (!received.ok) {
      assert.ok(received.why.expected !== "" && received.why.place !== "");
      continue;
    }
    read += 1;
    const { message, defects } = received.value;
    for (const { at } of defects) assert.ok(at >= 0 && at <= bytes.length, `seed ${seed} round ${round}`);
    if (round % 10 !== 0 || defects.some(({ name }) => frameDefects.has(name))) continue;
    const again = decodeSip(encodeSip(message));
    assert.ok(again.ok, `seed ${seed} round ${round}`);
    assert.deepEqual(plain(again.value.message), plain(message), `seed ${seed} round ${round}`);
  }
  t.diagnostic(`${read} of ${rounds} were read`);
  assert.ok(read > rounds / 2, "the mutations must not all be refused at the door");
});

// With these, a message holds what no writer would write: control bytes, names that are no names.
const frameDefects: ReadonlySet<string> = new Set([
  "bare-cr",
  "control-byte",
  "header-syntax",
  "method-syntax",
  "request-uri-syntax",
  "start-line-spacing",
  "uri-syntax",
  "not-utf8",
  "version",
  "status-code",
]);

test(`stepStream(): ${rounds / 10} mutated streams give the same pieces however they are cut (seed ${seed})`, () => {
  const random = seededRandom(seed + 1);
  for (let round = 0; round < rounds / 10; round += 1) {
    const bytes = Buffer.concat([mutate(random), Buffer.from("\r\n\r\n"), mutate(random)]);
    const whole = stepStream(emptyStream, bytes);
    const cut = random.below(bytes.length + 1);
    const first = stepStream(emptyStream, bytes.subarray(0, cut));
    const second = stepStream(first.state, bytes.subarray(cut));
    const kinds = [...first.pieces, ...second.pieces].map(({ kind }) => kind);
    assert.deepEqual(
      kinds,
      whole.pieces.map(({ kind }) => kind),
      `seed ${seed} round ${round} cut ${cut}`,
    );
    assert.deepEqual(second.state, whole.state, `seed ${seed} round ${round} cut ${cut}`);
  }
});

test(`decodeUri(), decodeNameAddr() and decodeVia() take ${rounds} mutated texts (seed ${seed})`, () => {
  const random = seededRandom(seed + 2);
  const texts = [
    "sip:anna:pw@pbx.example:5060;transport=tcp;lr?Subject=x",
    "sips:[2001:db8::1]:5061",
    "tel:+49301234;phone-context=x",
    '"Anna \\"M\\"" <sip:anna@pbx.example;user=phone>;tag=1;q="0,5"',
    "SIP / 2.0 / UDP 192.0.2.1:5060 ; branch=z9hG4bK1 ; rport",
  ];
  for (let round = 0; round < rounds; round += 1) {
    let text = texts[random.below(texts.length)] ?? "";
    for (let times = 1 + random.below(4); times > 0; times -= 1) {
      const at = random.below(text.length + 1);
      const word = words[random.below(words.length)]?.toString("latin1") ?? "";
      text = text.slice(0, at) + word + text.slice(at + random.below(5));
    }
    const defects = new Defects();
    const uri = decodeUri(text, defects);
    if (uri.ok && defects.found.length === 0) {
      const again = decodeUri(encodeUri(uri.value));
      assert.ok(again.ok, text);
      assert.equal(encodeUri(again.value), encodeUri(uri.value));
    }
    decodeNameAddr(text);
    decodeVia(text);
  }
});

test("decodeSip() and its parts are done in linear time with texts made to hold regular expressions up", () => {
  // Each would take minutes in a pattern that backtracks; the runner's time limit is the judge.
  const long = 60_000;
  for (const unit of [
    "a/",
    "a ",
    "  ",
    "a.",
    "-",
    "\\",
    '"',
    "<",
    ";",
    "=",
    "a:",
    "[",
    "SIP/",
    "\r\n ",
    "\t",
    "%",
    ",",
    "a@",
  ]) {
    const text = unit.repeat(long / unit.length);
    for (const value of [
      text,
      `sip:${text}`,
      `SIP/2.0/UDP ${text}`,
      `<sip:${text}`,
      `"${text}`,
      `a;${text}`,
    ]) {
      decodeUri(value);
      decodeVia(value);
      decodeNameAddr(value);
      readWholly(`OPTIONS ${value} SIP/2.0\r\nVia: ${value}\r\nTo: ${value}\r\nCSeq: ${value}\r\n\r\n`);
      readWholly(value);
    }
  }
});

/** With the look into the fields, which waits until it is asked for. */
function readWholly(text: string): void {
  const received = decodeSip(Buffer.from(text));
  if (received.ok) assert.ok(Array.isArray(received.value.defects));
}

const token = fc.string({
  unit: fc.constantFrom(...Array.from("abcXYZ0189-.!%*_+`'~")),
  minLength: 1,
  maxLength: 12,
});
const value = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) =>
  text
    .replaceAll(/\p{C}|\p{Z}+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim(),
);

test("decodeSip(encodeSip(message)) is the message", () => {
  const headers = fc.array(fc.record({ name: token.map((name) => `X-${name}`), value }), { maxLength: 10 });
  const body = fc.uint8Array({ maxLength: 40 });
  const message = fc.oneof(
    fc.record({
      kind: fc.constant("request" as const),
      method: token,
      uri: fc.constant("sip:a@b.example"),
      headers,
      body,
    }),
    fc.record({
      kind: fc.constant("response" as const),
      code: fc.integer({ min: 100, max: 699 }),
      reason: value,
      headers,
      body,
    }),
  );
  fc.assert(
    fc.property(message, (each) => {
      const received = decodeSip(encodeSip(each));
      assert.ok(received.ok);
      assert.deepEqual(plain(received.value.message), plain(each));
    }),
    { seed, numRuns: 2000 },
  );
});
