import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkServerConfig, openInventory, readAudit } from "../../provisioning-server/main.ts";
import { Audit } from "../../provisioning-server/store/audit.ts";

const data = mkdtempSync(join(tmpdir(), "offhook-audit-"));
after(() => rmSync(data, { recursive: true, force: true }));

test("readAudit() reads one tenant's book, and knows a tenant that is none", async () => {
  {
    await using inventory = await openInventory({ data });
    assert.ok((await inventory.tenants.add({ id: "acme" })).ok);
    const entry = { who: "ada", subject: "phone:805ec0010001", detail: "" };
    for (const [tenant, what] of [
      ["default", "ours"],
      ["acme", "theirs"],
    ] as const)
      await new Audit(inventory.store).add(tenant, { ...entry, what });
  }
  const config = checkServerConfig({ data });
  const read = async (tenant?: string) => {
    const book = await readAudit(config, 10, tenant);
    return book.ok ? [book.value.rows.map(({ what }) => what), book.value.broken] : book.flaws[0]?.place;
  };
  assert.deepEqual(await read(), [["ours"], undefined]);
  assert.deepEqual(await read("acme"), [["theirs"], undefined]);
  assert.equal(await read("nobody"), "tenant");
});
