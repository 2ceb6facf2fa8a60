import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { startOffhook } from "./offhook.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-demo-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const browser = "/usr/bin/chromium";
const withoutBrowser = existsSync(browser) ? {} : { skip: "Chromium is not installed" };

describe("offhook demo", () => {
  it("--exit-when-done --json: every phone has its config, the planted fault is diagnosed, no report is lost", async () => {
    await using demo = startOffhook([
      "demo",
      "--exit-when-done",
      "--json",
      "--data",
      join(folder, "once"),
      "--port-base",
      "0",
    ]);
    assert.equal(await demo.ended(), 0, demo.talk());
    const result = JSON.parse(demo.output()) as Record<string, unknown>;
    assert.deepEqual(result.phones, { expected: 12, provisioned: 12 });
    assert.deepEqual(result.incidents, [{ cause: "weak-power", subject: "port:sw1/Gi1/0/7", rule: "P3" }]);
    assert.ok((result.ports as number) >= 24);
    const reports = result.reports as { stored: number; lost: number };
    assert.ok(reports.stored > 0);
    assert.equal(reports.lost, 0);
    assert.ok((result.seconds as number) < 90);
  });

  it("refuses to empty a folder that no demo made", async () => {
    await using demo = startOffhook(["demo", "--exit-when-done", "--data", tmpdir()]);
    assert.equal(await demo.ended(), 2);
    assert.match(demo.talk(), /is not empty and no demo made it/);
  });

  it(
    "shows the incident in the browser behind its one-time link, and Ctrl-C ends it",
    withoutBrowser,
    async () => {
      await using demo = startOffhook(["demo", "--data", join(folder, "page"), "--port-base", "0"]);
      const link = await demo.line(/^https:.*\/sign-in\/link\//);
      await demo.line(/^All there after/);
      const chrome = await chromium.launch({
        executablePath: browser,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-background-networking",
          "--disable-sync",
        ],
      });
      try {
        const context = await chrome.newContext({
          ignoreHTTPSErrors: true,
          viewport: { width: 1280, height: 720 },
        });
        const page = await context.newPage();
        await page.goto(link);
        await page.getByText("delivers only 39.2 V at the switch").first().waitFor();
        const pictures = process.env.OFFHOOK_TEST_PICTURES;
        if (pictures !== undefined) await page.screenshot({ path: join(pictures, "noc-incidents.png") });
        await page.goto(new URL("/switches/demo/sw1", link).href);
        await page.getByText("demo-switch").first().waitFor();
        if (pictures !== undefined) await page.screenshot({ path: join(pictures, "noc-switch.png") });
        // The link is spent: who copies it from a log gets nothing.
        const again = await (await chrome.newContext({ ignoreHTTPSErrors: true })).newPage();
        await again.goto(link);
        assert.equal(await again.getByText("delivers only").count(), 0);
      } finally {
        await chrome.close();
      }
      demo.child.kill("SIGINT");
      assert.equal(await demo.ended(), 0);
    },
  );
});
