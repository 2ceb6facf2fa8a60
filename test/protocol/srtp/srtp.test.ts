import assert from "node:assert/strict";
import { randomBytes as cryptoBytes } from "node:crypto";
import { test } from "node:test";
import { SrtcpSession, SrtpSession, ProtectionProfileAes128CmHmacSha1_80 } from "werift";
import { encodeRtp } from "../../../protocol/rtp/packet.ts";
import { AesCounter } from "../../../protocol/srtp/aes-counter.ts";
import {
  decodeCryptoAttribute,
  encodeCryptoAttribute,
  newSrtpMaster,
} from "../../../protocol/srtp/crypto-attribute.ts";
import { guessIndex, stepRollover } from "../../../protocol/srtp/packet-index.ts";
import { ReplayWindow } from "../../../protocol/srtp/replay-window.ts";
import { deriveSessionKeys } from "../../../protocol/srtp/session-keys.ts";
import { SrtpReceiver } from "../../../protocol/srtp/srtp-receiver.ts";
import { SrtpSender } from "../../../protocol/srtp/srtp-sender.ts";
import { srtpSuites, type SrtpSuite } from "../../../protocol/srtp/suite.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/gu, ""), "hex"));
const suites = Object.keys(srtpSuites) as SrtpSuite[];
const key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
const salt = hex("0EC675AD498AFEEBB6960B3AABE6");
const master = (suite: SrtpSuite) => ({ suite, key, salt });

const packet = (sequence: number, ssrc = 0xdecafbad, length = 160) =>
  encodeRtp({
    marker: false,
    payloadType: 0,
    sequence,
    timestamp: sequence * 160,
    ssrc,
    payload: Uint8Array.from({ length }, (_, i) => i & 0xff),
  });

test("AesCounter gives the key stream of RFC 3711 B.2, over its counter's low octet too", () => {
  const counter = new AesCounter(hex("2B7E151628AED2A6ABF7158809CF4F3C"));
  const start = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
  const stream = counter.stream(start, 0xff03 * 16);
  assert.deepEqual(
    Uint8Array.from(stream.subarray(0, 48)),
    hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"),
  );
  assert.deepEqual(
    Uint8Array.from(stream.subarray(0xfeff * 16, 0xff02 * 16)),
    hex("EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44"),
  );
});

test("deriveSessionKeys() gives the keys of RFC 3711 B.3", () => {
  const { auth, ...others } = deriveSessionKeys({ key, salt }, "rtp");
  assert.deepEqual(others, {
    cipher: hex("C61E7A93744F39EE10734AFE3FF7A087"),
    salt: hex("30CBBC08863D8C85D49DB34A9AE1"),
  });
  assert.deepEqual(Uint8Array.from(auth.export()), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
});

const werift = () => {
  const keys = {
    localMasterKey: Buffer.from(key),
    localMasterSalt: Buffer.from(salt),
    remoteMasterKey: Buffer.from(key),
    remoteMasterSalt: Buffer.from(salt),
  };
  return { keys, profile: ProtectionProfileAes128CmHmacSha1_80 };
};

test("SrtpSender and werift protect alike, octet for octet, over a wrap of the sequence", () => {
  const theirs = new SrtpSession(werift());
  const ours = new SrtpSender(master("AES_CM_128_HMAC_SHA1_80"));
  const reading = new SrtpSession(werift());
  for (let i = 0; i < 20; i += 1) {
    const clear = packet((65_526 + i) & 0xffff);
    const protectedOurs = ours.protect(clear);
    const header = {
      serialize: () => Buffer.from(clear.subarray(0, 12)),
      ssrc: 0xdecafbad,
      sequenceNumber: (65_526 + i) & 0xffff,
      payloadOffset: 12,
    };
    const protectedTheirs = theirs.encrypt(Buffer.from(clear.subarray(12)), header as never);
    assert.deepEqual(Uint8Array.from(protectedTheirs), protectedOurs);
    assert.deepEqual(Uint8Array.from(reading.decrypt(Buffer.from(protectedOurs))), clear);
  }
});

test("SrtpReceiver reads what werift's SRTCP protects, and werift reads ours", () => {
  const theirs = new SrtcpSession(werift());
  const report = hex("81c90007 00000001 00000002 00000000 00000003 00000004 00000005 00000006");
  const receiver = new SrtpReceiver(master("AES_CM_128_HMAC_SHA1_80"));
  const read = receiver.decodeRtcp(Uint8Array.from(theirs.encrypt(Buffer.from(report))));
  assert.ok(read.ok);
  assert.deepEqual(read.value, report);
  const ours = new SrtpSender(master("AES_CM_128_HMAC_SHA1_32")).protectRtcp(report);
  assert.deepEqual(Uint8Array.from(theirs.decrypt(Buffer.from(ours))), report);
});

for (const suite of suites) {
  test(`${suite}: what is protected is read, once, in any order, over a wrap`, () => {
    const sender = new SrtpSender(master(suite));
    const receiver = new SrtpReceiver(master(suite));
    const clear = Array.from({ length: 300 }, (_, i) => packet((65_400 + i) & 0xffff));
    const sent = clear.map((each) => sender.protect(each));
    assert.equal(sent[0]?.length, (clear[0]?.length ?? 0) + srtpSuites[suite].tag);
    for (let i = 0; i + 1 < sent.length; i += 2) {
      for (const each of [i + 1, i]) {
        const read = receiver.decode(sent[each] ?? new Uint8Array());
        assert.ok(read.ok, `${each}`);
        assert.deepEqual(read.value, clear[each]);
      }
    }
    const again = receiver.decode(sent[299] ?? new Uint8Array());
    assert.equal(again.ok ? "taken" : again.why.place, "replay");
    const old = receiver.decode(sent[100] ?? new Uint8Array());
    assert.equal(old.ok ? "taken" : old.why.place, "replay");
  });

  test(`${suite}: one flipped bit anywhere is refused, and leaves no trace`, (t) => {
    const random = seededRandom(t);
    const receiver = new SrtpReceiver(master(suite));
    const good = new SrtpSender(master(suite)).protect(packet(7));
    for (let i = 0; i < 500; i += 1) {
      const bad = good.slice();
      const at = Math.floor(random() * bad.length);
      bad[at] = (bad[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      assert.ok(!receiver.decode(bad).ok);
    }
    assert.ok(receiver.decode(good).ok);
  });
}

test("SrtpReceiver with another key refuses at the tag; RTCP that comes again is refused", () => {
  const sender = new SrtpSender(master("AES_CM_128_HMAC_SHA1_80"));
  const other = new SrtpReceiver({ suite: "AES_CM_128_HMAC_SHA1_80", key: key.toReversed(), salt });
  const read = other.decode(sender.protect(packet(1)));
  assert.equal(read.ok ? "taken" : read.why.place, "tag");
  const right = new SrtpReceiver(master("AES_CM_128_HMAC_SHA1_80"));
  const rtcp = sender.protectRtcp(hex("80c90001 00000001"));
  assert.ok(right.decodeRtcp(rtcp).ok);
  const again = right.decodeRtcp(rtcp);
  assert.equal(again.ok ? "taken" : again.why.place, "replay");
});

test("SrtpReceiver never throws on what comes (fuzz)", (t) => {
  const random = seededRandom(t);
  const receiver = new SrtpReceiver(master("AES_CM_128_HMAC_SHA1_32"));
  for (let i = 0; i < 50_000; i += 1) {
    const bytes = randomBytes(random, 60);
    if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x1f);
    const read = receiver.decode(bytes);
    const rtcp = receiver.decodeRtcp(bytes);
    // A tag of four octets is guessed once in four milliards.
    assert.ok(!read.ok && !rtcp.ok);
  }
});

test("guessIndex() goes on over the wrap, back over it, and never below zero", () => {
  assert.equal(guessIndex({ rollovers: 0, highest: 65_535 }, 0), 0x1_0000);
  assert.equal(guessIndex({ rollovers: 1, highest: 2 }, 65_535), 65_535);
  assert.equal(guessIndex({ rollovers: 0, highest: 2 }, 65_535), 65_535);
  assert.equal(guessIndex({ rollovers: 3, highest: 100 }, 99), 3 * 0x1_0000 + 99);
  assert.deepEqual(stepRollover({ rollovers: 1, highest: 2 }, 65_535), { rollovers: 1, highest: 2 });
});

test("ReplayWindow agrees with a set of all that came (property)", (t) => {
  const random = seededRandom(t);
  for (let run = 0; run < 200; run += 1) {
    const window = new ReplayWindow();
    const came = new Set<number>();
    let highest = -1;
    for (let i = 0; i < 200; i += 1) {
      const index = Math.max(0, highest + Math.floor(random() * 90) - 70);
      const fresh = !came.has(index) && highest - index < 64;
      assert.equal(window.isNew(index), fresh, `${index} after ${highest}`);
      if (!fresh) continue;
      window.take(index);
      came.add(index);
      highest = Math.max(highest, index);
    }
  }
});

test("decodeCryptoAttribute() reads what encodeCryptoAttribute() wrote, with a lifetime too", () => {
  for (const suite of suites) {
    const made = newSrtpMaster(suite, cryptoBytes);
    const text = encodeCryptoAttribute(3, made);
    for (const line of [text, `${text}|2^31`, ` ${text} `]) {
      const read = decodeCryptoAttribute(line);
      assert.ok(read.ok, line);
      assert.deepEqual(Buffer.from(read.value.master.key), Buffer.from(made.key));
      assert.deepEqual(Buffer.from(read.value.master.salt), Buffer.from(made.salt));
      assert.equal(read.value.tag, 3);
    }
  }
});

for (const [about, line, place] of [
  ["a suite that we do not speak", "1 AEAD_AES_128_GCM inline:AAAA", "suite"],
  ["a key that is too short", "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "keys"],
  ["two keys", `1 AES_CM_128_HMAC_SHA1_80 inline:${"A".repeat(40)};inline:${"A".repeat(40)}`, "keys"],
  ["an MKI", `1 AES_CM_128_HMAC_SHA1_80 inline:${"A".repeat(40)}|2^20|1:4`, "keys"],
  ["no tag", `AES_CM_128_HMAC_SHA1_80 inline:${"A".repeat(40)}`, "tag"],
] as const) {
  test(`decodeCryptoAttribute() refuses ${about}, and shows no key`, () => {
    const read = decodeCryptoAttribute(line);
    assert.ok(!read.ok);
    assert.equal(read.why.place, place);
    assert.doesNotMatch(JSON.stringify(read.why), /AAAA/u);
  });
}
