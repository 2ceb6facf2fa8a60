import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { systemClock } from "../../../../agent/io/clock.ts";
import { SipClient, type SipEnd } from "../../../../agent/io/sip/sip-client.ts";
import { TimerWheel } from "../../../../agent/io/sip/timer-wheel.ts";
import { openUdp } from "../../../../agent/io/udp/udp.ts";
import { decodeSip } from "../../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipRequest } from "../../../../protocol/sip/message.ts";
import { RandomHex } from "../../../../protocol/sip/random-hex.ts";
import { RequestTemplate } from "../../../../protocol/sip/request-template.ts";
import { buildResponse } from "../../../../protocol/sip/response.ts";

const timers = { t1: 20, t2: 40, t4: 50, giveUp: 1500 };

function templateFor(port: number): RequestTemplate {
  const uri = `sip:127.0.0.1:${port}`;
  const local = { address: "127.0.0.1", port: 5060 };
  return new RequestTemplate({
    method: "OPTIONS",
    uri,
    transport: "udp",
    local,
    from: "sip:a@b.example",
    to: uri,
    cseq: 1,
    userAgent: "test ü",
  });
}

function requestIn(bytes: Uint8Array): SipRequest {
  const read = decodeSip(bytes);
  assert.ok(read.ok && read.value.message.kind === "request");
  return read.value.message;
}

test("RequestTemplate.fill() gives octets and request that are the same, all of one length, none twice", () => {
  const random = new RandomHex(randomBytes);
  const template = templateFor(5060);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i += 1) {
    const { request, bytes } = template.fill(random);
    assert.deepEqual(Buffer.from(bytes), Buffer.from(encodeSip(request)));
    assert.equal(bytes.length, template.fill(random).bytes.length);
    for (const name of ["Via", "From", "Call-ID"]) seen.add(headerValue(request, name) ?? "");
  }
  assert.equal(seen.size, 600);
});

test("SipClient answers each transaction with its own response, and sends again what stayed unanswered", async () => {
  await using server = await openUdp({ localAddress: "127.0.0.1" });
  const times = new Map<string, number>();
  server.listen(
    ({ bytes, address, port }) => {
      const request = requestIn(bytes);
      const id = headerValue(request, "Call-ID") ?? "";
      const time = (times.get(id) ?? 0) + 1;
      times.set(id, time);
      // Each third is answered at its second coming alone; each third never.
      const turn = [...times.keys()].indexOf(id) % 3;
      if (turn === 2 || (turn === 1 && time === 1)) return;
      const answer = buildResponse(request, { address, port }, { code: 200, toTag: id.slice(0, 8) });
      void server.send(encodeSip(answer), port, address);
    },
    () => {},
  );
  const socket = await openUdp({ peer: { address: "127.0.0.1", port: server.localPort } });
  await using client = new SipClient(socket, timers, systemClock);
  const template = templateFor(server.localPort);
  const random = new RandomHex(randomBytes);
  const ends = await Promise.all(
    Array.from({ length: 30 }, () => {
      const filled = template.fill(random);
      const id = headerValue(filled.request, "Call-ID") ?? "";
      return new Promise<{ readonly id: string; readonly end: SipEnd }>((resolve) => {
        client.ask(filled, (end) => resolve({ id, end }));
      });
    }),
  );
  assert.equal(client.open, 0);
  for (const { id, end } of ends) {
    const turn = [...times.keys()].indexOf(id) % 3;
    if (turn === 2) assert.equal(end.response, undefined);
    else assert.equal(headerValue(end.response ?? assert.fail(), "Call-ID"), id);
    if (turn > 0) assert.ok(end.sentAt.length > 1);
  }
});

test("TimerWheel.due() gives each item once, at its time or within a tick after, also what is added meanwhile", () => {
  const wheel = new TimerWheel<string>(10, 1000);
  wheel.add(1025, "b");
  wheel.add(1005, "a");
  wheel.add(900, "past");
  assert.deepEqual([...wheel.due(1009)], ["past"]);
  const heard: string[] = [];
  for (const item of wheel.due(1030)) {
    heard.push(item);
    if (item === "a") wheel.add(1001, "again");
  }
  assert.deepEqual(heard, ["a", "again", "b"]);
  assert.deepEqual([...wheel.due(9999)], []);
});
