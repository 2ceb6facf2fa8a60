import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openUdp, type OpenUdp } from "../../../agent/io/udp/udp.ts";
import { askRouter } from "../../../agent/probes/nat/ask-router.ts";

const local = { address: "127.0.0.1", port: 5062 };
const peer = { address: "203.0.113.2", port: 3478 };

/** A router on loopback: its two UDP services share a port of the kernel's choice. */
async function routerAt(t: TestContext, answer: (request: Buffer) => Uint8Array | undefined) {
  const socket = await openUdp({ localAddress: "127.0.0.1" });
  t.after(() => socket[Symbol.asyncDispose]());
  const asked: Buffer[] = [];
  socket.listen(
    ({ bytes, address, port }) => {
      asked.push(Buffer.from(bytes));
      const reply = answer(Buffer.from(bytes));
      if (reply !== undefined) void socket.send(reply, port, address);
    },
    () => {},
  );
  const open: OpenUdp = async (options) => {
    if (options.peer !== undefined)
      return openUdp({ ...options, peer: { address: "127.0.0.1", port: socket.localPort } });
    const own = await openUdp(options);
    return Object.assign(Object.create(own) as typeof own, {
      localAddress: own.localAddress,
      send: (bytes: Uint8Array) => own.send(bytes, socket.localPort, "127.0.0.1"),
      listen: own.listen.bind(own),
      [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    });
  };
  const io = { clock: systemClock, openUdp: open, resolve, say: () => undefined };
  const ask = (gateway: string | undefined) =>
    askRouter({ gateway, local, peer }, io, AbortSignal.timeout(20_000));
  return { ask, asked };
}

async function webAt(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((listening) => server.once("listening", listening));
  return (server.address() as AddressInfo).port;
}

const isSearch = (request: Buffer) => request.toString("latin1").startsWith("M-SEARCH");
const found = (location: string) => Buffer.from(`HTTP/1.1 200 OK\r\nLOCATION: ${location}\r\n\r\n`);
const description = (control: string) =>
  `<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>${control}</controlURL></service>`;

test("askRouter() goes on to PCP where the router refuses version 0, and asks for the mapping of our own port", async (t) => {
  const { ask, asked } = await routerAt(t, (request) => {
    if (request[0] === 0) return Uint8Array.of(2, 128, 0, 1, 0, 0, 0, 0);
    const answer = Buffer.from(request);
    answer[1] = 130;
    answer.set([100, 64, 7, 2], 56);
    return answer;
  });
  assert.deepEqual(await ask("127.0.0.1"), { by: "PCP", address: "100.64.7.2" });
  assert.equal(asked[1]?.readUInt16BE(40), local.port);
});

test("askRouter() takes NAT-PMP's word that there is no address", async (t) => {
  const { ask } = await routerAt(t, () => Uint8Array.of(0, 128, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0));
  assert.deepEqual(await ask("127.0.0.1"), { by: "NAT-PMP", address: undefined });
});

test("askRouter() finds a UPnP router without knowing its address", async (t) => {
  const port = await webAt(t, (request, response) => {
    if (request.method === "GET") return response.end(description("/ctl"));
    assert.match(String(request.headers.soapaction), /#GetExternalIPAddress"$/);
    return response.end("<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>");
  });
  const { ask } = await routerAt(t, (request) =>
    isSearch(request) ? found(`http://127.0.0.1:${port}/root.xml`) : undefined,
  );
  assert.deepEqual(await ask(undefined), { by: "UPnP", address: "203.0.113.7" });
});

for (const [about, location, control] of [
  ["another host's description", "http://127.0.0.2:PORT/", "/ctl"],
  ["a description over TLS", "https://127.0.0.1:PORT/", "/ctl"],
  ["a file", "file:///etc/passwd", "/ctl"],
  ["a control URL elsewhere", "http://127.0.0.1:PORT/", "http://127.0.0.2:PORT/ctl"],
] as const)
  test(`askRouter() does not go where a hostile answer sends it: ${about}`, async (t) => {
    const methods: (string | undefined)[] = [];
    const port = await webAt(t, (request, response) => {
      methods.push(request.method);
      response.end(description(control.replace("PORT", String(port))));
    });
    const { ask } = await routerAt(t, () => found(location.replace("PORT", String(port))));
    assert.equal(await ask(undefined), undefined);
    assert.ok(!methods.includes("POST"), methods.join());
  });

test("askRouter() reads no endless description, follows no redirect, and asks four devices at most", async (t) => {
  const paths = new Set<string | undefined>();
  const port = await webAt(t, (request, response) => {
    paths.add(request.url);
    if (request.url === "/0") return response.writeHead(302, { location: "/elsewhere" }).end();
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    return more();
  });
  let count = 0;
  const { ask } = await routerAt(t, () => found(`http://127.0.0.1:${port}/${count++}`));
  assert.equal(await ask(undefined), undefined);
  assert.ok(paths.size <= 4 && !paths.has("/elsewhere"), [...paths].join());
});
