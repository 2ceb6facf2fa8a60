import "reflect-metadata";
import { equal, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webcrypto } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { X509CertificateGenerator } from "@peculiar/x509";
import fastify from "fastify";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { builtPage, buildNoc } from "../../provisioning-server/noc/build-noc.ts";
import type { Noc } from "../../provisioning-server/noc/build-noc.ts";
import { defaultIncidentPolicy } from "../../provisioning-server/noc/incidents.ts";
import { Commands } from "../../provisioning-server/store/commands.ts";
import { openStore } from "../../provisioning-server/store/open-store.ts";
import { SampleSources } from "../provisioning-server/noc/sample-sources.ts";

const executablePath = "/usr/bin/chromium";
const missing = [
  existsSync(executablePath) ? undefined : "no Chromium at /usr/bin/chromium",
  existsSync(join(builtPage, "index.html")) ? undefined : "the page is not built (npm run build:page)",
].find((why) => why !== undefined);

/** Where pictures go: a folder of the caller's, to look at them; else a temporary one. */
const keepIn = process.env["OFFHOOK_TEST_PICTURES"];

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  return { cert: certificate.toString("pem"), key };
}

describe("the NOC page in Chromium", { skip: missing ?? false }, () => {
  const sources = new SampleSources(Date.now);
  const problems: string[] = [];
  let noc: Noc;
  let commands: Commands;
  let origin: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pictures: string;
  const ends: (() => Promise<unknown>)[] = [];

  before(async () => {
    pictures = keepIn ?? (await mkdtemp(join(tmpdir(), "offhook-pictures-")));
    const store = await openStore({ path: ":memory:", now: Date.now });
    commands = new Commands(store);
    noc = await buildNoc({
      store,
      sources,
      now: Date.now,
      policy: { ...defaultIncidentPolicy, openLooks: 1, clearLooks: 1 },
      coalesce: 50,
      onError: (error) => problems.push(String(error)),
    });
    const app = fastify({ https: await selfSigned(), forceCloseConnections: true });
    noc.register(app);
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    origin = `https://localhost:${new URL(address).port}`;
    sources.findingsBySite.set("harbour", [sources.weakPower()]);
    await noc.board.look();
    // Chromium refuses its sandbox to root; the page under test is our own.
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 800 },
      colorScheme: "light",
    });
    page = await context.newPage();
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    ends.push(
      () => browser.close(),
      () => app.close(),
      () => store.close(),
      async () => (keepIn === undefined ? rm(pictures, { recursive: true }) : undefined),
    );
  });
  after(async () => {
    for (const end of ends) await end();
  });

  const picture = async (name: string): Promise<void> => {
    const path = join(pictures, `${name}.png`);
    await page.screenshot({ path });
    ok((await stat(path)).size > 10_000);
  };
  const shows = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

  test("a stranger gets the sign-in page, and a wrong password is told", async () => {
    await page.goto(`${origin}/sites`);
    equal(new URL(page.url()).pathname, "/sign-in");
    await page.getByLabel("Login").fill("nobody");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    match(await page.getByRole("alert").innerText(), /Login or password is wrong/);
    await picture("sign-in");
    problems.length = 0; // the 403 of that attempt
  });

  test("a one-time link signs in, and the incident is on the first screen", async () => {
    const member = await noc.signIn.putAccount({
      tenant: "default",
      login: "kim",
      name: "Kim Larsen",
      role: "operator",
    });
    const token = await noc.signIn.createLink(member);
    await page.goto(`${origin}/sign-in/link/${token.reveal()}`);
    equal(new URL(page.url()).pathname, "/");
    await shows(/Port 3 delivers 2.1 W/);
    await picture("incidents-light");
  });

  test("a new incident arrives without a reload, worst first", async () => {
    await page.evaluate("window.sameLoad = true");
    sources.findingsBySite.set("mill", [sources.silentPbx()]);
    await noc.board.look();
    await shows(/pbx.mill.example answers no OPTIONS/);
    match(await page.locator(".incidents li").first().innerText(), /critical/);
    equal(await page.evaluate("'sameLoad' in window"), true);
    await picture("incidents-two");
  });

  test("by keyboard alone: move, open, acknowledge with a note, and go elsewhere", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await shows("Proof");
    await shows(/Swap the patch cable/);
    await picture("incident-light");
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Note").fill("Cable on its way <b>now</b>");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shows("Taken by Kim Larsen");
    await shows("Cable on its way <b>now</b>");
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByRole("heading", { name: /^Sites/ }).waitFor();
    equal(new URL(page.url()).pathname, "/sites");
    await picture("sites-light");
  });

  test("search finds a phone by its extension, and its page tells what happened", async () => {
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("203");
    await shows(/80:5e:c0:a1:00:03/);
    await page.keyboard.press("Enter");
    await shows(/secrets do not go over TFTP/);
    await page.locator(".chart canvas").waitFor();
    await picture("phone-light");
  });

  test("a site's page tells what its phones talk to, with the last hours as lines", async () => {
    await page.goto(`${origin}/sites/harbour`);
    const media = page.locator(".far-ends > li", { hasText: "mirror.harbour.example:5070" });
    await media.getByText("rtp.mos", { exact: true }).waitFor();
    await media.getByText("its last hours").click();
    await media.getByRole("img", { name: /^Loss coming back: 0 to 4.2 %, now 0 %$/ }).waitFor();
    equal(await page.locator(".far-ends .is-ok").count(), 2);
    await picture("site-light");
  });

  test("the face-plate shows every port; choosing one is in the address", async () => {
    await page.getByRole("link", { name: "sw1 port 3", exact: true }).first().click();
    await page.locator(".plate .port").nth(23).waitFor();
    equal(await page.locator(".plate .port").count(), 24);
    match(page.url(), /\/switches\/harbour\/sw1\?port=3$/);
    await page.getByRole("heading", { name: /^Port 3/ }).waitFor();
    await picture("switch-light");
  });

  test("an operator restarts a phone: it says which one, asks, and tells how it goes", async () => {
    await page.getByRole("button", { name: "Restart the phone" }).click();
    const dialog = page.getByRole("dialog");
    match(await dialog.innerText(), /restarts [^]*80:5e:c0:a1:00:03/);
    await picture("restart-light");
    await dialog.getByRole("button", { name: "Restart it" }).click();
    await shows("Waiting for the agent…");
    const agent = { tenant: "default", agent: "agent-0001" };
    const [command] = await commands.take(agent);
    equal(command?.kind, "bounce-port");
    await commands.finish(agent, command?.id ?? "", { outcome: "done", sentence: "It is back after 40 s." });
    await shows("It is back after 40 s.");
  });

  test("text from phones and agents is text: nothing of it runs", async () => {
    const evil = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;
    const harbour = sources.phonesBySite.get("harbour") ?? [];
    sources.phonesBySite.set(
      "harbour",
      harbour.map((phone) => ({ ...phone, label: evil, model: evil })),
    );
    const found = sources.weakPower();
    sources.findingsBySite.set("harbour", [
      {
        ...found,
        sentence: evil,
        remedy: evil,
        because: found.because.map((seen) => ({ ...seen, evidence: evil })),
      },
    ]);
    await noc.board.look();
    await page.goto(origin);
    await shows(evil);
    for (const path of [
      "/sites/harbour",
      "/switches/harbour/sw1?port=3",
      "/phones/805ec0a10003",
      "/agents",
    ]) {
      await page.goto(`${origin}${path}`);
      await page.locator("article, table").first().waitFor();
      equal(await page.evaluate("'ran' in window"), false, path);
      equal(await page.locator("img").count(), 0);
    }
    sources.phonesBySite.set("harbour", harbour);
    sources.findingsBySite.set("harbour", [found]);
    await noc.board.look();
  });

  test("dark, narrow, and the help: `d` and `?`", async () => {
    await page.goto(origin);
    await shows(/Port 3 delivers/);
    await page.keyboard.press("d");
    equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
    await picture("incidents-dark");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await picture("help-dark");
    await page.keyboard.press("Escape");
    for (const [name, path] of [
      ["switch", "/switches/harbour/sw1?port=3"],
      ["phone", "/phones/805ec0a10003"],
      ["agents", "/agents"],
      ["site", "/sites/harbour"],
    ]) {
      await page.goto(`${origin}${path}`);
      await page.locator("article, table").first().waitFor();
      await picture(`${name}-dark`);
    }
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(origin);
    await shows(/Port 3 delivers/);
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    ok(wide <= 390, `the page is ${wide} px wide on a screen of 390`);
    await picture("incidents-narrow");
  });

  test("all of it without an error, or a break of the page's policy, in the console", () => {
    equal(problems.join("\n"), "");
  });
});
