import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import type { Phonebook } from "../../../protocol/phonebook.ts";
import type { Door } from "../../../protocol/phone-request.ts";
import { Secret } from "../../../protocol/secret.ts";
import type { Site } from "../../../protocol/site.ts";
import { answerPhone } from "../../../provisioning-server/answer/answer-phone.ts";
import { deviceToken } from "../../../provisioning-server/answer/device-token.ts";
import { previewFiles } from "../../../provisioning-server/answer/preview-files.ts";
import { renderPhonebook } from "../../../provisioning-server/answer/phonebook-file.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../../provisioning-server/profiles/profiles.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const context = { baseUrl: "https://phones.example.net", serverKey: new Uint8Array(32) };
const site: Site = { id: "hq", tenant: "a", name: "HQ", networks: [], settings: {} };
const book: Phonebook = {
  name: "HQ",
  entries: [{ name: "Ann", numbers: [{ kind: "work", number: "201" }] }],
};

function deviceOf(vendor: string, model: string, mac: string): Device {
  return {
    mac,
    vendor,
    model,
    site: "hq",
    state: "steady",
    lines: [{ index: 1, settings: { user: "201", server: { host: "pbx.example.net" } } }],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  };
}

const yealink = deviceOf("yealink", "T46U", "805ec0000001");
const poly = deviceOf("poly", "VVX450", "0004f2000001");

function ask(device: Device, path: string, options: { token?: boolean; via?: Door; book?: Phonebook } = {}) {
  const { token: withToken = true, via = "https" } = options;
  const token = new Secret(deviceToken(context.serverKey, device.mac, 1));
  return answerPhone(
    {
      id: "x",
      via,
      method: "GET",
      path,
      address: "192.0.2.7",
      at: 0,
      ...(withToken ? { credential: { kind: "token", token } } : {}),
    },
    {
      profiles,
      context,
      deviceByMac: (mac) => Promise.resolve(mac === device.mac ? device : undefined),
      deviceByToken: () => Promise.resolve(device),
      site: () => Promise.resolve(site),
      sitesByAddress: () => Promise.resolve([]),
      phonebook: () => Promise.resolve("book" in options ? options.book : book),
    },
  );
}

test("answerPhone() gives a site's phonebook in the vendor's way, by our name and by the phone's own", async () => {
  const answer = await ask(yealink, "/phonebook.xml");
  assert.equal(answer.outcome, "file");
  if (answer.outcome !== "file") return;
  assert.match(Buffer.from(answer.file.body).toString(), /<YealinkIPPhoneDirectory>[^]*<Telephone>201</);
  assert.deepEqual([answer.identity.file, answer.identity.fileId], ["directory", "phonebook"]);
  const own = await ask(poly, "/0004f2000001-directory.xml");
  assert.equal(own.outcome, "file");
  if (own.outcome === "file") assert.match(Buffer.from(own.file.body).toString(), /<ct>201<\/ct>/);
});

test("answerPhone() gives no phonebook without a claim, through TFTP, or where the site has none", async () => {
  const denied = await ask(poly, "/0004f2000001-directory.xml", { token: false });
  assert.equal(denied.outcome, "denied");
  const clear = await ask(poly, "/0004f2000001-directory.xml", { via: "tftp" });
  assert.equal(clear.outcome === "denied" && clear.kind, "secret-over-tftp");
  const none: { book?: Phonebook } = {};
  Object.assign(none, { book: undefined });
  assert.equal((await ask(yealink, "/phonebook.xml", none)).outcome, "no-such-file");
});

test("a config tells its phone where the site's phonebook is, unless somebody names another; previews mask the token", async () => {
  const about = { ...context, at: 0 };
  const text = (options: object, change: Partial<Device> = {}) => {
    const files = previewFiles(profiles, { ...yealink, ...change }, site, about, options);
    return Buffer.from(files.find(({ fileId }) => fileId === "mac")?.body ?? []).toString();
  };
  const token = deviceToken(context.serverKey, yealink.mac, 1);
  const url = `https://phones.example.net/${token}/phonebook.xml`;
  assert.ok(text({ phonebook: book }).includes(`remote_phonebook.data.1.url = ${url}\n`));
  assert.doesNotMatch(text({}), /phonebook\.xml/);
  const other = { phonebooks: [{ name: "Own", url: "https://books.example.net/own.xml" }] };
  assert.doesNotMatch(text({ phonebook: book }, { settings: other }), /phonebook\.xml/);
  const masked = text({ phonebook: book, secrets: "masked" });
  assert.ok(!masked.includes(token) && masked.includes("remote_phonebook.data.1.url = ****"));
  // The very bytes that the phone gets.
  const answer = await ask(yealink, "/805ec0000001.cfg");
  assert.equal(
    answer.outcome === "file" && Buffer.from(answer.file.body).toString(),
    text({ phonebook: book }),
  );
});

test("previewFiles() shows the phonebook as the last file, by the name the phone asks for", () => {
  const files = previewFiles(profiles, poly, site, { ...context, at: 0 }, { phonebook: book });
  assert.equal(files.at(-1)?.name, "0004f2000001-directory.xml");
});

test("renderPhonebook() leaves out what the phones cannot show, and says how many", () => {
  const spa = findModel(profiles, "cisco", "SPA504G");
  assert.ok(spa);
  const entries = Array.from({ length: 40 }, (_, index) => ({
    name: `P${index}`,
    numbers: [{ kind: "work" as const, number: "1" }],
  }));
  const file = renderPhonebook(spa.family, { name: "x", entries }, "phonebook.xml");
  assert.equal(
    Buffer.from(file?.body ?? [])
      .toString()
      .match(/<DirectoryEntry>/g)?.length,
    32,
  );
  assert.match(file?.notes[0]?.sentence ?? "", /show 32 entries; 8 are left out/);
  const linphone = profiles.families.find(({ id }) => id === "linphone");
  assert.equal(linphone && renderPhonebook(linphone, book, "x"), undefined);
});
