// One loop over all examples of all families. A new family or model needs no new test: a folder is enough.
// UPDATE_EXAMPLES=1 writes the expected files; read the difference before you commit it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { printMacAddress } from "../../protocol/mac-address.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { Secret } from "../../protocol/secret.ts";
import { answerPhone } from "../../provisioning-server/answer/answer-phone.ts";
import { deviceToken } from "../../provisioning-server/answer/device-token.ts";
import type { Directory } from "../../provisioning-server/answer/directory.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { identifyIndex } from "../../provisioning-server/profiles/identify-index.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import type { ExampleRequest } from "../../provisioning-server/profiles/profile-example.ts";
import { findModel } from "../../provisioning-server/profiles/profiles.ts";
import { findSyntax } from "../../provisioning-server/profiles/syntax/list.ts";

const folder = new URL("../../firmware-profiles", import.meta.url).pathname;
const profiles = await loadProfiles(folder);
const examples = await loadExamples(folder);
const context = { baseUrl: "https://phones.example.net:8443", serverKey: new Uint8Array(32) };
const update = process.env["UPDATE_EXAMPLES"] === "1";

function directoryOf({ inventory }: ProfileExample): Directory {
  const { device, site, tenant } = inventory;
  return {
    profiles,
    context,
    deviceByMac: (mac) => Promise.resolve(mac === device.mac ? device : undefined),
    deviceByToken: () => Promise.resolve(device),
    site: (id) => Promise.resolve(id === site.id ? site : undefined),
    sitesByAddress: () => Promise.resolve([site]),
    tenantSettings: () => Promise.resolve(tenant),
  };
}

function requestOf(example: ProfileExample, asked: ExampleRequest): PhoneRequest {
  const { device } = example.inventory;
  const token = new Secret(deviceToken(context.serverKey, device.mac, device.tokenGeneration));
  return {
    id: "example",
    via: asked.via,
    method: asked.via === "tftp" ? "RRQ" : "GET",
    path: asked.path,
    address: "192.0.2.7",
    at: Date.parse(example.asked.at),
    ...(asked.userAgent === undefined ? {} : { userAgent: asked.userAgent }),
    ...(asked.token ? { credential: { kind: "token", token } } : {}),
  };
}

/** Every text under a name that the schema marks secret, anywhere in the inventory. */
function secretsOf(example: ProfileExample): string[] {
  const found = JSON.stringify(example.inventory).matchAll(/"(?:\w*[pP]assword)":"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, secret]) => secret ?? "").filter((secret) => secret !== "");
}

/** What of a key stands on its line: `section/name[1]@label` and `name@id=1/@label` are spread over an XML element. */
function writtenName(key: string): string {
  return (key.split("/").at(-1) ?? key).replace(/^@/, "").split(/[[@]/)[0] ?? key;
}

test("every family has a golden model with an example, and golden models say the truth", () => {
  for (const family of profiles.families) {
    const golden = [...new Set(family.models.values())].filter((model) => model.about.mark === "golden");
    assert.ok(golden.length > 0, `${family.id} has no golden model`);
    for (const model of golden) {
      const has = examples.some(
        ({ inventory }) => findModel(profiles, inventory.device.vendor, inventory.device.model) === model,
      );
      assert.ok(has, `${family.id} ${model.about.model} is golden and has no example`);
    }
  }
});

for (const example of examples) {
  const { device, site, tenant } = example.inventory;
  const name = `${example.family}/${example.name}`;
  const preview = (options = {}) =>
    previewFiles(
      profiles,
      device,
      site,
      { ...context, at: Date.parse(example.asked.at) },
      {
        ...(tenant === undefined ? {} : { tenant }),
        ...options,
      },
    );

  for (const [index, asked] of example.asked.requests.entries()) {
    test(`${name}: request ${index + 1}, ${asked.via} ${asked.path}, is identified and answered`, async () => {
      const request = requestOf(example, asked);
      assert.deepEqual(identify(request, profiles), asked.identity);
      const answer = await answerPhone(request, directoryOf(example));
      assert.equal(answer.outcome, asked.outcome, JSON.stringify(answer));
      if (answer.outcome !== "file") return;
      assert.ok(asked.body, "a file needs an expected body");
      const expected = join(example.folder, asked.body);
      if (update) {
        mkdirSync(dirname(expected), { recursive: true });
        writeFileSync(expected, answer.file.body);
      }
      assert.equal(Buffer.from(answer.file.body).toString(), readFileSync(expected, "utf8"));
    });

    test(`${name}: request ${index + 1} is claimed by no other family`, () => {
      const request = requestOf(example, asked);
      const others = profiles.families.filter((family) => family.vendor.vendor !== device.vendor);
      // A prefix of the device's own vendor that is longer than those of others goes first.
      const owners = identifyIndex(profiles).vendorsOfMac(device.mac);
      const theirs = identifyIndex({ families: others }).vendorsOfMac(device.mac);
      if (theirs.length > 0 && owners.every((owner) => owner === device.vendor)) return;
      const { vendor } = identify(request, { families: others });
      assert.equal(vendor, undefined, `${vendor} claims ${asked.path} too`);
    });
  }

  test(`${name}: preview gives the very bytes that the phone gets`, async () => {
    for (const file of preview()) {
      const answer = await answerPhone(
        requestOf(example, {
          via: "https",
          path: `/${file.name}`,
          token: true,
          identity: { file: "config" },
          outcome: "file",
        }),
        directoryOf(example),
      );
      assert.equal(answer.outcome, "file");
      if (answer.outcome === "file") assert.deepEqual(answer.file.body, file.body);
    }
  });

  test(`${name}: every line of a file knows its setting, and the strict reader reads it back`, () => {
    const family = profiles.families.find(({ id }) => id === example.family);
    assert.ok(family);
    for (const file of preview()) {
      const own = family.vendor.files.find(({ id }) => id === file.fileId)?.syntax ?? family.vendor.syntax;
      const syntax = findSyntax(own.name);
      assert.ok(syntax);
      const read = syntax.read(Buffer.from(file.body).toString(), own.options ?? {});
      assert.ok(read.ok, JSON.stringify(read));
      assert.deepEqual(
        read.value.map(({ key }) => key),
        file.provenance.map(({ key }) => key),
      );
      const lines = Buffer.from(file.body).toString().split("\n");
      for (const { key, line } of file.provenance)
        assert.ok(lines[line - 1]?.includes(writtenName(key)), `${file.name}:${line} ${key}`);
    }
  });

  test(`${name}: renders with every optional value absent`, () => {
    const bare = { ...device, lines: [], settings: {}, raw: {} };
    for (const lines of [[], device.lines.map(({ index }) => ({ index, settings: {} }))]) {
      const files = previewFiles(profiles, { ...bare, lines }, undefined, { ...context, at: 0 });
      assert.ok(files.length > 0);
      // ${null} is how Jitsi clears a key.
      for (const file of files)
        assert.doesNotMatch(Buffer.from(file.body).toString(), /undefined|(?<!\$\{)null|NaN|\[object/);
    }
  });

  test(`${name}: secrets stay out of notes, provenance and masked files`, () => {
    const secrets = secretsOf(example);
    const token = deviceToken(context.serverKey, device.mac, device.tokenGeneration);
    for (const file of preview({ secrets: "masked" }))
      for (const secret of [...secrets, token])
        assert.ok(!Buffer.from(file.body).includes(secret), `${file.name} shows ${secret}`);
    for (const { notes, provenance, name: fileName } of preview())
      for (const secret of [...secrets, token])
        assert.ok(!JSON.stringify({ notes, provenance }).includes(secret), `${fileName} tells ${secret}`);
  });

  test(`${name}: files for all phones of a model hold nothing of this one`, () => {
    const family = profiles.families.find(({ id }) => id === example.family);
    for (const file of preview()) {
      if (family?.vendor.files.find(({ id }) => id === file.fileId)?.scope !== "model") continue;
      assert.equal(file.secret, false);
      const text = Buffer.from(file.body).toString().toLowerCase();
      assert.ok(!text.includes(device.mac) && !text.includes(printMacAddress(device.mac)));
      for (const secret of secretsOf(example)) assert.ok(!text.includes(secret.toLowerCase()));
    }
  });

  test(`${name}: what a door without encryption carries holds no secret but the token`, () => {
    for (const file of preview({ extent: "bootstrap" }))
      for (const secret of secretsOf(example)) assert.ok(!Buffer.from(file.body).includes(secret));
  });
}
