import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { on, once } from "node:events";
import { test, type TestContext } from "node:test";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipMessage } from "../../../protocol/sip/message.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import {
  profileNotify,
  decodeProfileSubscription,
  profileSubscribe,
} from "../../../protocol/sip/ua-profile.ts";
import {
  PnpDoor,
  type PnpDoorOptions,
  type RivalResponder,
} from "../../../provisioning-server/doors/pnp-door.ts";

const loopback = "127.0.0.1";
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const timers = { t1: 20, t2: 40, t4: 50, giveUp: 2000 };
const about = { vendor: "Yealink", model: "T46U", firmware: "108.86.0.20" };

/** A group of the test's own, on loopback, with a port that nobody has. */
async function group(): Promise<{ address: string; port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, loopback);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return { address: `239.255.${port >> 8}.${port & 0xff}`, port };
}

async function openDoor(context: TestContext, change: Partial<PnpDoorOptions> = {}) {
  const place = await group();
  const rivals: RivalResponder[] = [];
  const door = new PnpDoor({
    addressFor: async ({ mac }) => (mac === "805ec0000001" ? "https://phones.example.net:8443/" : undefined),
    listed: () => true,
    onRival: (rival) => rivals.push(rival),
    crash: (error) => assert.fail(String(error)),
    userAgent: "Offhook/test",
    group: place,
    timers,
    ...change,
  });
  await door.listen({ host: "0.0.0.0", port: place.port, card: loopback });
  context.after(() => door.close());
  return { door, place, rivals };
}

async function openPhone(context: TestContext): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, loopback);
  await once(socket, "listening");
  socket.setMulticastInterface(loopback);
  context.after(() => socket.close());
  return socket;
}

function ask(phone: Socket, mac: string, place: { address: string; port: number }): SipMessage {
  const local = { address: loopback, port: phone.address().port };
  const message = profileSubscribe(mac, about, place, { local, userAgent: "phone", random });
  phone.send(encodeSip(message), place.port, place.address);
  return message;
}

function read(bytes: Buffer): SipMessage {
  const message = decodeSip(bytes);
  assert.ok(message.ok);
  return message.value.message;
}

test("a known phone hears 200 and a NOTIFY with its address, again until it has it", async (context) => {
  const { place } = await openDoor(context);
  const phone = await openPhone(context);
  ask(phone, "805ec0000001", place);
  const heard: SipMessage[] = [];
  for await (const [bytes, peer] of on(phone, "message")) {
    const message = read(bytes);
    heard.push(message);
    if (heard.length < 4 || message.kind === "response") continue;
    phone.send(encodeSip(buildResponse(message, peer, { code: 200, toTag: "x" })), peer.port, peer.address);
    break;
  }
  const [first, ...notifies] = heard;
  assert.ok(first?.kind === "response" && first.code === 200);
  for (const notify of notifies) {
    assert.ok(notify.kind === "request" && notify.method === "NOTIFY");
    assert.equal(Buffer.from(notify.body).toString(), "https://phones.example.net:8443/");
    assert.equal(headerValue(notify, "CSeq"), "1 NOTIFY");
  }
});

test("an unknown phone, and one of an unlisted network, hear nothing; a known one after them does", async (context) => {
  const seen: string[] = [];
  const { place } = await openDoor(context, {
    listed: (address) => {
      seen.push(address);
      return seen.length > 1;
    },
  });
  const phone = await openPhone(context);
  const unlisted = headerValue(ask(phone, "805ec0000001", place), "Call-ID");
  const unknown = headerValue(ask(phone, "805ec0ffffff", place), "Call-ID");
  const known = headerValue(ask(phone, "805ec0000001", place), "Call-ID");
  const [bytes] = (await once(phone, "message")) as [Buffer];
  const answered = headerValue(read(bytes), "Call-ID");
  assert.equal(answered, known);
  assert.notEqual(answered, unlisted);
  assert.notEqual(answered, unknown);
});

test("somebody who answers any phone of the network is a rival", async (context) => {
  const found = Promise.withResolvers<RivalResponder>();
  const { door, place } = await openDoor(context, { onRival: (rival) => found.resolve(rival) });
  const rival = createSocket({ type: "udp4", reuseAddr: true });
  // To the group's own address: what comes to the door by unicast must not land here, as with another machine.
  rival.bind(place.port, place.address);
  await once(rival, "listening");
  rival.addMembership(place.address, loopback);
  context.after(() => rival.close());
  const mouth = await openPhone(context);
  rival.on("message", (bytes, peer) => {
    const message = read(bytes);
    if (message.kind === "response") return;
    const asked = decodeProfileSubscription(message);
    if (!asked.ok) return;
    const own = { local: { address: loopback, port: place.port }, userAgent: "rival", random, toTag: "r" };
    mouth.send(encodeSip(profileNotify(asked.value, "http://198.51.100.1/", own)), peer.port, peer.address);
  });
  door.lookForRivals();
  assert.deepEqual(await found.promise, { address: loopback, url: "http://198.51.100.1/" });
});

test("its own question for rivals is none", async (context) => {
  const { door, place, rivals } = await openDoor(context);
  door.lookForRivals();
  const phone = await openPhone(context);
  ask(phone, "805ec0000001", place);
  await once(phone, "message");
  assert.deepEqual(rivals, []);
});
