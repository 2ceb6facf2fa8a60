import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { registered } from "../../../agent/probes/registered.ts";
import { diagnose } from "../../../diagnosis/diagnose.ts";
import { defaultThresholds } from "../../../diagnosis/thresholds.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipRequest } from "../../../protocol/sip/message.ts";
import { buildRequest } from "../../../protocol/sip/request.ts";
import { buildResponse, type ResponseParts } from "../../../protocol/sip/response.ts";
import { startFakePbx } from "../../fakes/pbx.ts";
import { registerAccount } from "../../fakes/sip-client.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };
const phone = "805ec0010007";
process.env["REGISTERED_RIGHT"] = "first-Pw";
const accounts = [{ user: "1001", password: "first-Pw" }];

async function look(target: string, settings: Record<string, unknown> = {}) {
  const checked = Value.Parse(
    registered.settings,
    Value.Default(registered.settings, { phone, ...settings }),
  );
  const observations = await registered.run(target, checked, io, AbortSignal.timeout(30_000));
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  const rules = diagnose(observations, defaultThresholds, Date.now()).map(({ rule }) => rule);
  return { find, rules, shown: registered.show?.(observations).join("\n") ?? "" };
}

test("registered: the registrar's own list says who is there, and nobody where nobody is", async () => {
  await using pbx = await startFakePbx({ accounts });
  const target = `1001@127.0.0.1:${pbx.port}`;
  const settings = { passwordFrom: "env:REGISTERED_RIGHT", domain: "pbx.example" };
  const before = await look(target, settings);
  assert.equal(before.find("phone.registered")?.value, false);
  assert.equal(before.find("phone.registered")?.subject, `phone:${phone}`);
  assert.ok(before.rules.includes("N9"));
  assert.match(before.shown, /not registered\n {2}because +the registrar lists nobody/);
  const account = { server: { address: "127.0.0.1", port: pbx.port }, user: "1001", password: "first-Pw" };
  await using _phone = await registerAccount(account, AbortSignal.timeout(20_000));
  const after = await look(target, settings);
  assert.equal(after.find("phone.registered")?.value, true);
  assert.match(after.find("phone.registered")?.evidence ?? "", /the registrar lists sip:1001@127\.0\.0\.1/);
  assert.ok(!after.rules.includes("N9"));
});

type Answer = ResponseParts & { readonly next?: (request: SipRequest) => Uint8Array };

/** A SIP server of few words: what it says to each request. */
async function server(t: TestContext, say: (request: SipRequest) => Answer): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
    const read = decodeSip(bytes);
    if (!read.ok || read.value.message.kind !== "request") return;
    const { message } = read.value;
    const answer = say(message);
    socket.send(encodeSip(buildResponse(message, from, answer)), from.port, from.address);
    if (answer.next !== undefined) socket.send(answer.next(message), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return socket.address().port;
}

const regNotify =
  (body: string) =>
  (subscribe: SipRequest): Uint8Array =>
    encodeSip(
      buildRequest({
        method: "NOTIFY",
        uri: "sip:offhook@127.0.0.1",
        transport: "udp",
        local: { address: "127.0.0.1", port: 5060 },
        from: "sip:1001@pbx.example",
        to: "sip:1001@pbx.example",
        fromTag: "server",
        callId: headerValue(subscribe, "Call-ID") ?? "",
        cseq: 1,
        branch: "z9hG4bKnotify",
        userAgent: "test",
        body: { type: "application/reginfo+xml", bytes: Buffer.from(body) },
      }),
    );

test("registered: the reg event is believed", async (t) => {
  const contact = '<contact id="1" state="active" event="registered"><uri>sip:1001@192.0.2.7</uri></contact>';
  const body = (state: string, inside: string) =>
    `<reginfo><registration aor="sip:1001@pbx.example" state="${state}">${inside}</registration></reginfo>`;
  for (const [text, value] of [
    [body("active", contact), true],
    [body("terminated", ""), false],
  ] as const) {
    const port = await server(t, ({ method }) =>
      method === "SUBSCRIBE" ? { code: 200, toTag: "a", next: regNotify(text) } : { code: 405, toTag: "a" },
    );
    const { find } = await look(`1001@127.0.0.1:${port}`);
    assert.equal(find("phone.registered")?.value, value);
  }
});

test("registered: 480 says no, another User-Agent than the server's says yes, the same says nothing", async (t) => {
  const answers = async (ofUser: Omit<ResponseParts, "toTag">) => {
    const own = { code: 200, toTag: "a", headers: [{ name: "Server", value: "PBX" }] };
    const port = await server(t, ({ method, uri }) => {
      if (method !== "OPTIONS") return { code: 489, toTag: "a" };
      return uri.includes("1001@") ? { ...ofUser, toTag: "a" } : own;
    });
    return (await look(`1001@127.0.0.1:${port}`)).find("phone.registered");
  };
  assert.equal((await answers({ code: 480 }))?.value, false);
  const agent = [{ name: "User-Agent", value: "Phone 1" }];
  assert.equal((await answers({ code: 200, headers: agent }))?.value, true);
  const same = await answers({ code: 200, headers: [{ name: "Server", value: "PBX" }] });
  assert.deepEqual([same?.value, same?.outcome], [null, "absent"]);
  assert.match(same?.evidence ?? "", /reg event: 489.*; OPTIONS through the server: 200 as by the server/);
  assert.equal((await answers({ code: 404 }))?.outcome, "absent");
});
