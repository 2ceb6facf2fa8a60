import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Observation } from "../../protocol/observation.ts";
import { selfSigned } from "../fakes/self-signed.ts";
import { freePort } from "./free-port.ts";
import { startKamailio, type KamailioOptions } from "./kamailio.ts";
import { linphonePhone, type LinphoneSetup } from "./linphone-phone.ts";
import { rangeSkip } from "./network.ts";
import { need, runOffhook, serverUnderTest, type ServerUnderTest } from "./running-server.ts";

// A phone that nobody of us wrote: from its address in the inventory over HTTPS to its registration at a real registrar.

const skip = rangeSkip("linphonec", "kamailio");
const timeout = 120_000;
const mac = "02000000aa01";
const user = "1006";
const password = "made-up-1006";

/** The phone in the inventory, its account at the registrar on this port; gives the address it is told. */
async function addLinphone(server: ServerUnderTest, port: number): Promise<string> {
  const { inventory } = server;
  need(await inventory.addSite({ id: "hq" }));
  const settings = [
    ["line1.user", user],
    ["line1.password", password],
    ["line1.displayName", `Ann "Desk" & <Söhne>`],
    ["line1.server.host", "127.0.0.1"],
    ["line1.server.port", `${port}`],
    ["line1.server.transport", "udp"],
  ].map(([path = "", text = ""]) => ({ path, text }));
  need(await inventory.addPhone({ mac, vendor: "linphone", model: "Linphonec", site: "hq", settings }));
  return `${await server.folderOf(mac)}linphone-${mac}.xml`;
}

/** A server with the phone in it, and the phone itself, switched off. */
async function makeSite() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await serverUnderTest());
  const phone = stack.use(await linphonePhone());
  const port = await freePort();
  const setup: LinphoneSetup = { configUri: await addLinphone(server, port), caFile: server.caFile };
  const made = stack.move();
  return {
    server,
    port,
    setup,
    phone,
    /** Starts the phone, waits for a line of its log, and switches it off again. */
    async startUntil(line: RegExp, as?: LinphoneSetup) {
      await using running = await phone.start(as);
      await running.lineOf(line);
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

/** The registrar that knows the account. */
async function startRegistrar(port: number, options: Partial<KamailioOptions> = {}) {
  const kamailio = await startKamailio({ port, users: { [user]: password }, ...options });
  return { log: kamailio.log, [Symbol.asyncDispose]: () => kamailio.stop() };
}

const registered = /moving from state .* to \[LinphoneRegistrationOk\]/u;
const refused = /moving from state .* to \[LinphoneRegistrationFailed\]/u;

test("linphonec provisions itself over HTTPS and registers", { skip, timeout }, async (t) => {
  await using site = await makeSite();
  const { server, port, phone } = site;
  await using registrar = await startRegistrar(port);
  await using running = await phone.start(site.setup);
  await running.lineOf(registered);

  const fetched = await server.traced(mac, ({ outcome }) => outcome === "file", t.signal);
  assert.deepEqual([fetched.door, fetched.claim, fetched.status], ["https", "token", 200]);
  assert.match(fetched.userAgent ?? "", /^(?:Unknown|Linphonec\/.*)$/u);
  const [file] = need(await server.inventory.preview(mac, { secrets: "written" }));
  assert.equal(fetched.bytes, file?.body.length);
  // The registrar has no other clients; what it asked twice over (the login) may still be on its way through the pipe.
  const asked = registrar.log.filter((line) => line.includes("offhook: REGISTER"));
  assert.ok(asked.length > 0);
  for (const line of asked) assert.match(line, / from udp 127\.0\.0\.1:\d+ as Linphonec\//u);

  const { code, stdout } = await runOffhook("diag", "sip", `127.0.0.1:${port}`, "--json");
  assert.equal(code, 0, stdout);
  const { observations } = JSON.parse(stdout) as { observations: Observation[] };
  assert.equal(observations.find(({ key }) => key === "sip.code")?.value, 200);
});

test("a password changed in the inventory is linphonec's at its next start", { skip, timeout }, async () => {
  await using site = await makeSite();
  const { inventory } = site.server;
  await using _registrar = await startRegistrar(site.port);
  await site.startUntil(registered, site.setup);
  need(await inventory.setPhone(mac, "line1.password", "not the registrar's"));
  await site.startUntil(refused);
  // What it keeps from before must give way again.
  need(await inventory.setPhone(mac, "line1.password", password));
  await site.startUntil(registered);
});

test("linphonec follows its registrar from SHA-256 to MD5", { skip, timeout }, async () => {
  await using site = await makeSite();
  {
    await using _before = await startRegistrar(site.port, { algorithm: "SHA-256" });
    await site.startUntil(registered, site.setup);
  }
  await using _after = await startRegistrar(site.port, { algorithm: "MD5" });
  await site.startUntil(registered);
});

test(
  "linphonec that trusts another CA takes nothing, and the trace says so",
  { skip, timeout },
  async (t) => {
    await using site = await makeSite();
    const { server, setup } = site;
    await using _registrar = await startRegistrar(site.port);
    // A handshake names nobody: only an address that the phone was seen at before tells whose it is.
    await site.startUntil(registered, setup);
    await server.traced(mac, ({ outcome }) => outcome === "file", t.signal);

    const caFile = join(server.data, "other-ca.pem");
    const dates = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) };
    await writeFile(caFile, (await selfSigned([{ type: "dns", value: "localhost" }], dates)).cert);
    await site.startUntil(/SSL handshake failed/u, { ...setup, caFile });
    const failed = await server.traced(mac, ({ outcome }) => outcome === "tls-error", t.signal);
    assert.match(failed.reason ?? "", /CA|certificate/u);
    const { steps } = need(await server.inventory.trace(mac));
    assert.equal(steps.filter(({ entry }) => entry.outcome === "file").length, 1);
  },
);
