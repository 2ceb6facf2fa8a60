import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Catalogue, type ImageDraft } from "../../../provisioning-server/firmware/catalogue.ts";
import { ImageFiles, imageFolder } from "../../../provisioning-server/firmware/image-files.ts";
import { SendQueue } from "../../../provisioning-server/firmware/send-queue.ts";
import { openInventory } from "../../../provisioning-server/open-inventory.ts";

const name = "T46U(T43U,T46U)-108.87.0.15.rom";
const body = Buffer.from("an image");
const sha256 = createHash("sha256").update(body).digest("hex");

async function open(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "offhook-images-"));
  const inventory = await openInventory({ data: folder });
  context.after(async () => {
    await inventory[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const file = join(folder, name);
  await writeFile(file, body);
  const catalogue = new Catalogue(inventory, folder);
  const add = (more: Partial<ImageDraft> = {}) => catalogue.add({ file, who: "test", ...more });
  return { folder, inventory, catalogue, add };
}

test("an image is told by its name, kept under its checksum, and once however often it comes", async (context) => {
  const { folder, catalogue, add } = await open(context);
  const added = await add({ sha256: sha256.toUpperCase() });
  assert.ok(added.ok, JSON.stringify(added));
  assert.deepEqual(
    [added.value.vendor, added.value.version, added.value.sha256],
    ["yealink", "108.87.0.15", sha256],
  );
  assert.ok(added.value.models.includes("T43U"));
  assert.ok((await add()).ok);
  assert.equal((await catalogue.list()).length, 1);
  assert.deepEqual(await readdir(imageFolder(folder)), [sha256]);
});

test("another checksum than the vendor's leaves nothing behind", async (context) => {
  const { folder, catalogue, add } = await open(context);
  const refused = await add({ sha256: "0".repeat(64) });
  assert.ok(!refused.ok && refused.flaws[0]?.place === "sha256");
  assert.deepEqual(await readdir(imageFolder(folder)), []);
  assert.deepEqual(await catalogue.list(), []);
});

test("other octets under a version that is here are refused", async (context) => {
  const { folder, add } = await open(context);
  assert.ok((await add()).ok);
  await writeFile(join(folder, name), "another image");
  const again = await add();
  assert.ok(!again.ok && again.flaws[0]?.kind === "taken");
});

test("what the name does not tell must be said, in words that the profiles know", async (context) => {
  const { folder, add } = await open(context);
  const file = join(folder, "image.bin");
  await writeFile(file, body);
  const places = async (more: Partial<ImageDraft>) => {
    const added = await add({ file, ...more });
    return added.ok ? "added" : added.flaws.map(({ place }) => place).join(" ");
  };
  assert.equal(await places({}), "vendor version model");
  assert.equal(await places({ vendor: "yaelink", version: "1.2", models: ["T46U"] }), "vendor model");
  assert.equal(await places({ vendor: "yealink", version: "1 2", models: ["T99Z"] }), "version model");
  assert.equal(
    await places({ name: "../x.bin", vendor: "yealink", version: "1.2", models: ["T46U"] }),
    "name",
  );
  assert.equal(await places({ vendor: "yealink", version: "1.2", models: ["t46u"] }), "added");
});

test("an image that a phone's setting names stays; without it, it goes with its octets", async (context) => {
  const { folder, inventory, catalogue, add } = await open(context);
  assert.ok((await add()).ok);
  await inventory.addSite({ id: "hq", name: "HQ", networks: [] });
  await inventory.addPhone({ mac: "805ec0000001", vendor: "yealink", model: "T46U", site: "hq" });
  assert.ok((await inventory.setPhone("805ec0000001", "firmware.version", "108.87.0.15")).ok);
  const refused = await catalogue.remove(sha256.slice(0, 12));
  assert.ok(!refused.ok && refused.flaws[0]?.found.includes("phone 805ec0000001"), JSON.stringify(refused));
  await inventory.setPhone("805ec0000001", "firmware.version", undefined);
  assert.ok((await catalogue.remove(name)).ok);
  assert.deepEqual(await readdir(imageFolder(folder)), []);
});

test("octets that are not those that were imported are never served", async (context) => {
  const { folder, add } = await open(context);
  const added = await add();
  assert.ok(added.ok);
  const broken: string[] = [];
  const files = new ImageFiles({
    data: folder,
    queue: new SendQueue(),
    onInvalid: (image) => broken.push(image.name),
  });
  const good = await files.source(added.value, "site a");
  const opened = await good?.open(new AbortController().signal);
  assert.equal(Buffer.from((await opened?.read(3, 5)) ?? []).toString(), "image");
  opened?.close();
  await writeFile(join(imageFolder(folder), sha256), "an imagE");
  assert.equal(await files.source(added.value, "site a"), undefined);
  await rm(join(imageFolder(folder), sha256));
  assert.equal(await files.source(added.value, "site a"), undefined);
  assert.deepEqual(broken, [name, name]);
});
