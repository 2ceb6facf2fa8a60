import assert from "node:assert/strict";
import { test } from "node:test";
import { systemIo } from "../../../../agent/io/system-io.ts";
import type { Datagram } from "../../../../agent/io/udp/udp.ts";
import { inwardCall } from "../../../../agent/mirror/mirror-inward.ts";
import { askInward } from "../../../../agent/probes/alg/ask-inward.ts";
import { inwardHeader } from "../../../../protocol/alg/inward-call.ts";
import { observerOf } from "../../../../protocol/observe.ts";
import { decodeSip } from "../../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../../protocol/sip/encode-sip.ts";
import { headerValue } from "../../../../protocol/sip/message.ts";
import { buildResponse } from "../../../../protocol/sip/response.ts";

test("askInward() takes a late answer to its first question for no answer to the second", async (t) => {
  const io = systemIo();
  const address = "127.0.0.1";
  await using far = await io.openUdp({ localAddress: address });
  const own = { address, port: far.localPort };
  let late = new Uint8Array();
  const tell = (bytes: Uint8Array, to: Datagram) => void far.send(bytes, to.port, to.address);
  far.listen(
    (datagram) => {
      const read = decodeSip(datagram.bytes);
      if (!read.ok || read.value.message.kind !== "request") return;
      const { message } = read.value;
      if (headerValue(message, inwardHeader) === "ask") {
        const headers = [{ name: inwardHeader, value: "word" }];
        late = new Uint8Array(
          encodeSip(buildResponse(message, datagram, { code: 200, toTag: "a", headers })),
        );
        tell(late, datagram);
      } else {
        tell(late, datagram);
        tell(inwardCall(datagram, own) ?? new Uint8Array(), datagram);
      }
    },
    () => {},
  );
  const observe = observerOf("alg", "path:here", 0);
  const place = { host: address, ...own, localAddress: address, observe };
  assert.deepEqual(await askInward(place, io, t.signal), []);
});
