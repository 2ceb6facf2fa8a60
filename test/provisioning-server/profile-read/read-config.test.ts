import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Device } from "../../../protocol/device.ts";
import type { Line } from "../../../protocol/line.ts";
import { previewFiles } from "../../../provisioning-server/answer/preview-files.ts";
import { settingsIn, settingWinner, valueAt } from "../../../provisioning-server/answer/settings-for.ts";
import { diffConfig } from "../../../provisioning-server/profile-read/diff-config.ts";
import { readConfig } from "../../../provisioning-server/profile-read/read-config.ts";
import { settingRows } from "../../../provisioning-server/profile-read/setting-rows.ts";
import { loadExamples } from "../../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../../provisioning-server/profiles/profiles.ts";

const folder = new URL("../../../firmware-profiles", import.meta.url).pathname;
const profiles = await loadProfiles(folder);
const examples = await loadExamples(folder);
const context = {
  baseUrl: "https://phones.example.net:8443",
  serverKey: new Uint8Array(32),
  at: Date.UTC(2026, 5, 1),
};

function read(text: string, vendor = "yealink", model?: string) {
  const config = readConfig(profiles, text, { vendor, ...(model === undefined ? {} : { model }) });
  assert.ok(config.ok, JSON.stringify(config));
  return config.value;
}

/** Settings that everybody needs when phones move from one server to another: never read wrong. */
const vital = ["line.user", "line.password", "line.label", "line.displayName", "access.adminPassword"];

test("readConfig() reads what every family writes: settings come back as they were, few are coarser", (t) => {
  let [right, wrong, vitals] = [0, 0, 0];
  for (const { inventory, family: id, name } of examples) {
    const { device, site, tenant } = inventory;
    const model = findModel(profiles, device.vendor, device.model);
    assert.ok(model);
    const { family, about } = model;
    const layers = {
      vendor: family.vendor.settings,
      model: about.settings,
      tenant,
      site: site.settings,
      device: device.settings,
    };
    for (const file of previewFiles(
      profiles,
      device,
      site,
      context,
      tenant === undefined ? {} : { tenant },
    )) {
      const { scope } = family.vendor.files.find((one) => one.id === file.fileId) ?? {};
      if (scope !== "device") continue;
      const config = read(Buffer.from(file.body).toString("utf8"), device.vendor, device.model);
      assert.deepEqual(config.skipped, [], `${id}/${name} ${file.name}`);
      const compare = (path: string, found: unknown, line?: Line) => {
        if (path === "provisioning.url" || path === "keys" || path === "phonebooks") return;
        const meant = settingWinner(layers, path, line)?.value;
        const isSame = JSON.stringify(meant) === JSON.stringify(found);
        if (isSame) right += 1;
        else wrong += 1;
        if (vital.includes(path)) {
          assert.deepEqual(found, meant, `${id}/${name} ${path}`);
          vitals += 1;
        }
      };
      for (const path of settingsIn(config.settings))
        compare(path, valueAt(config.settings, path.split(".")));
      for (const { index, settings } of config.lines) {
        const own = device.lines.find((line) => line.index === index);
        assert.ok(own, `${id}/${name} account ${index}`);
        for (const path of settingsIn(settings, "line"))
          compare(path, valueAt(settings, path.split(".").slice(1)), own);
      }
    }
  }
  t.diagnostic(`${right} settings as they were, ${wrong} coarser; ${vitals} of the vital ones`);
  assert.ok(
    wrong < right / 50 && vitals > examples.length,
    `${right} right, ${wrong} wrong, ${vitals} vital`,
  );
});

const header = "#!version:1.0.0.1\n";

test("readConfig() reads a Yealink file of another server: words, switches, codecs, keys, logins, and what it does not know", () => {
  const config = read(
    [
      "## made by hand",
      "account.1.enable = 1",
      "account.1.user_name = 201",
      'account.1.label = "Desk # 1"',
      "account.1.password = s3cret",
      "account.1.sip_server.1.address = pbx.example.net",
      "account.1.sip_server.1.transport_type = 2",
      "account.1.codec.g722.enable = 1",
      "account.1.codec.g722.priority = 2",
      "account.1.codec.pcma.enable = 1",
      "account.1.codec.pcma.priority = 1",
      "account.1.codec.pcmu.enable = 0",
      "account.2.enable = 0",
      "linekey.3.type = 16",
      "linekey.3.value = 202",
      "linekey.3.label = Ann",
      "static.security.user_password = admin:over:the:top",
      "static.security.user_password = user:low",
      "static.network.vlan.internet_port_vid = 20",
      "local_time.ntp_server1 = ntp.example.net",
      "some.new.parameter = 7",
      "this line is none",
      "account.1.srtp_encryption = 9",
      "",
    ].join("\n"),
    "Yealink",
    "T46U",
  );
  assert.equal(config.family, "yealink");
  assert.deepEqual(config.lines, [
    {
      index: 1,
      settings: {
        codecs: ["pcma", "g722"],
        enabled: true,
        user: "201",
        label: "Desk # 1",
        password: "s3cret",
        server: { host: "pbx.example.net", transport: "tls" },
      },
    },
  ]);
  assert.deepEqual(config.settings.keys, [{ type: "blf", value: "202", label: "Ann", position: 3 }]);
  assert.deepEqual(config.settings.access, {
    adminUser: "admin",
    adminPassword: "over:the:top",
    userPassword: "low",
  });
  assert.equal(config.settings.network?.vlan?.id, 20);
  assert.deepEqual(config.settings.time?.ntp, ["ntp.example.net"]);
  assert.deepEqual(config.raw, { "some.new.parameter": "7", "account.1.srtp_encryption": "9" });
  assert.deepEqual(config.skipped, ["this line is none"]);
});

test("readConfig() without a model takes the one whose keys fit best", () => {
  const lines = Array.from({ length: 16 }, (_, index) => `account.${index + 1}.user_name = 2${index}`);
  const config = read(`${header}${lines.join("\n")}\n`);
  assert.equal(config.lines.length, 16);
  assert.deepEqual(config.raw, {});
});

test("readConfig() takes CR LF, a byte order mark and a missing last line end", () => {
  const text = "\ufeff#!version:1.0.0.1\r\naccount.1.user_name = 201";
  assert.equal(read(text).lines[0]?.settings.user, "201");
});

test("readConfig() refuses another vendor's file, and an unknown vendor or model, with a place", () => {
  const why = (text: string, vendor: string, model?: string) => {
    const config = readConfig(profiles, text, { vendor, ...(model === undefined ? {} : { model }) });
    return config.ok ? undefined : config.why;
  };
  assert.equal(why("<a/>", "nobody")?.place, "vendor");
  assert.equal(why("<a/>", "yealink", "T4711")?.place, "model");
  assert.match(why("<html><body>404</body></html>", "poly")?.place ?? "", /./);
});

test("readConfig() survives 3,000 odd files", () => {
  const pieces = fc.constantFrom(
    "account.1.user_name",
    " = ",
    "\n",
    "\r\n",
    '"',
    "#",
    "=",
    "<",
    "P270",
    "a",
    "\u0000",
    "é",
  );
  const vendors = fc.constantFrom(...new Set(profiles.families.map((family) => family.vendor.vendor)));
  fc.assert(
    fc.property(vendors, fc.array(pieces, { maxLength: 12 }), (vendor, parts) => {
      // One model: choosing the best of a vendor's is slow, and another test's affair.
      const family = profiles.families.find((one) => one.vendor.vendor === vendor);
      const [model] = [...(family?.models.values() ?? [])];
      const config = readConfig(profiles, parts.join(""), { vendor, model: model?.about.model ?? "" });
      assert.ok(config.ok || config.why.expected !== "");
    }),
    { numRuns: 3000 },
  );
});

test("settingRows() names accounts, keys and list elements, and knows what is secret", () => {
  const config = read(
    `${header}account.2.user_name = 7\naccount.2.password = x\nlinekey.1.type = 15\nremote_phonebook.data.1.name = Book\nremote_phonebook.data.1.url = http://b.example/\n`,
    "yealink",
    "T46U",
  );
  assert.deepEqual(
    settingRows(config).map(({ setting, value, secret }) => `${setting}=${secret ? "*" : value}`),
    [
      "line2.user=7",
      "line2.password=*",
      "keys position 1 type=line",
      "phonebooks 1 name=Book",
      "phonebooks 1 url=http://b.example/",
    ],
  );
});

test("diffConfig() tells by setting what differs, nothing for our own file, and no secret", () => {
  const device: Device = {
    mac: "805ec0000001",
    vendor: "yealink",
    model: "T46U",
    site: "hq",
    state: "steady",
    lines: [
      { index: 1, settings: { user: "201", password: "made-up-1", server: { host: "pbx.example.net" } } },
    ],
    settings: { network: { vlan: { id: 20 } } },
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  };
  const files = previewFiles(profiles, device, undefined, context);
  const own = Buffer.from(files.find(({ fileId }) => fileId === "mac")?.body ?? []).toString();
  const diff = (text: string) => {
    const found = diffConfig(profiles, device, files, text);
    assert.ok(found.ok);
    return found.value;
  };
  assert.deepEqual(diff(own), []);
  const other = own
    .replace("pbx.example.net", "old.example.net")
    .replace("made-up-1", "made-up-2")
    .replace("internet_port_vid = 20", "internet_port_vid = 30");
  assert.deepEqual(diff(`${other}new.key = 1\n`), [
    { setting: "line1.password", ours: "••••", theirs: "••••" },
    { setting: "line1.server.host", ours: "pbx.example.net", theirs: "old.example.net" },
    { setting: "network.vlan.id", ours: "20", theirs: "30" },
    { setting: "raw new.key", theirs: "1" },
  ]);
});
