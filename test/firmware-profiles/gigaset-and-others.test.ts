// Boot sequences and oddities of Gigaset, Digium, Sangoma P and A, Alcatel-Lucent, Unify, Akuvox, 2N, Algo, Escene, Atcom,
// Spectralink, Jitsi and Zoiper. Agents and paths are in identify.test.ts, whole files in the examples.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../protocol/device.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);
const context = {
  baseUrl: "https://phones.example.net:8443",
  serverKey: new Uint8Array(32),
  at: Date.UTC(2026, 5, 1),
};

function files(vendor: string, model: string, change: Partial<Device> = {}) {
  const settings = { user: "1001", password: "made-up", server: { host: "pbx.example.net" } };
  const device: Device = {
    mac: "00aabb000001",
    vendor,
    model,
    site: "hq",
    state: "expected",
    lines: [{ index: 1, settings }],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
    ...change,
  };
  return previewFiles(profiles, device, undefined, context).map(({ name, body, notes }) => ({
    name,
    text: Buffer.from(body).toString(),
    notes: notes.map(({ sentence }) => sentence),
  }));
}

/** What a phone without any agent asks for, in its order, and what its path alone tells. */
const boots: [vendor: string, asked: [path: string, file: string][]][] = [
  [
    "digium",
    [
      ["/000fd3000040.cfg", "config"],
      ["/000fd3000040-contacts.xml", "config"],
    ],
  ],
  [
    "alcatel-lucent",
    [
      ["/sipconfig.txt", "config"],
      ["/sipconfig-00809f000038.txt", "config"],
    ],
  ],
  [
    "unify",
    [
      ["/001AE8000200_config.xml", "config"],
      ["/000000000000_config.xml", "config"],
    ],
  ],
  [
    "akuvox",
    [
      ["/r000000000063.cfg", "config"],
      ["/0C1105000063.cfg", "config"],
    ],
  ],
  [
    "algo",
    [
      ["/algom0022ee008180.conf", "config"],
      ["/algop8180.conf", "optional"],
    ],
  ],
  [
    "escene",
    [
      ["/00268b000320.xml", "config"],
      ["/00268b000320_extern.xml", "config"],
      ["/00268b000320_phonebook.xml", "directory"],
    ],
  ],
  [
    "spectralink",
    [
      ["/00907a008441.cfg", "config"],
      ["/phone00907a008441.cfg", "config"],
      ["/00907a008441-phone.cfg", "optional"],
    ],
  ],
];
for (const [vendor, asked] of boots)
  test(`${vendor}: its paths in the order of a boot`, () => {
    for (const [path, file] of asked) {
      const told = identify({ via: "https", path }, profiles);
      assert.deepEqual([told.vendor, told.file], [vendor, file], path);
    }
  });

const names: [vendor: string, model: string, names: string[]][] = [
  ["digium", "D65", ["00aabb000001.cfg", "00aabb000001-contacts.xml"]],
  ["sangoma", "P330", ["00aabb000001.cfg", "00aabb000001-contacts.xml"]],
  ["sangoma", "A25", ["00aabb000001.cfg"]],
  ["alcatel-lucent", "4038", ["sipconfig.txt", "sipconfig-00aabb000001.txt"]],
  ["alcatel-lucent", "M3", ["config.M3.xml", "config.00aabb000001.xml"]],
  ["unify", "OpenScape Desk Phone CP200", ["00AABB000001_config.xml"]],
  ["akuvox", "R20A", ["00AABB000001.cfg"]],
  ["2n", "IP Solo", ["00aabb000001.xml"]],
  ["algo", "8301", ["algom00aabb000001.conf"]],
  ["escene", "ES320", ["00aabb000001.xml", "00aabb000001_extern.xml"]],
  ["atcom", "AG198", ["00aabb000001.cfg"]],
  ["spectralink", "8441", ["00aabb000001.cfg", "phone00aabb000001.cfg"]],
  ["jitsi", "Jitsi", ["jitsi-00aabb000001.properties"]],
  ["zoiper", "Zoiper 5", ["zoiper-00aabb000001.xml"]],
];
for (const [vendor, model, expected] of names)
  test(`${vendor} ${model} is served ${expected.join(", ")}`, () => {
    const served = files(vendor, model).map(({ name }) => name);
    assert.deepEqual(served.toSorted(), expected.toSorted());
  });

test("an MAC prefix inside of another vendor's: Gigaset's P phones stand in Snom's", () => {
  assert.equal(identify({ via: "https", path: "/000413000009.xml" }, profiles).vendor, "snom");
  const p = profiles.families.find(({ id }) => id === "gigaset-p");
  const longer = p?.vendor.identify.macPrefixes.find((prefix) => prefix.startsWith("000413"));
  assert.ok(longer !== undefined && longer.length > 6);
  const path = `/${longer.padEnd(12, "1")}.xml`;
  assert.equal(identify({ via: "https", path }, profiles).vendor, "gigaset");
});

test("OpenStage is known and not served: every setting of a person is told as lacking", () => {
  const [file, ...more] = files("unify", "OpenStage 40", { settings: { language: "de" } });
  assert.deepEqual(more, []);
  assert.doesNotMatch(file?.text ?? "", /made-up|<Item/);
  assert.ok(
    file?.notes.some((note) => /language/.test(note)),
    String(file?.notes),
  );
});

test("a Digium key points at a contact of the other file", () => {
  const keys = [{ position: 2, type: "blf" as const, value: "1002", label: "Bob" }];
  const served = files("digium", "D65", { settings: { keys } });
  const text = (end: string) => served.find(({ name }) => name.endsWith(end))?.text ?? "";
  assert.match(text(".cfg"), /contact_id="sd-2"/);
  assert.match(text("-contacts.xml"), /id="sd-2"/);
  assert.match(text("-contacts.xml"), /subscribe_to="sip:1002@pbx\.example\.net"/);
});

test("Algo's server and path are two keys, Akuvox's address is one", () => {
  const [algo] = files("algo", "8301");
  assert.match(algo?.text ?? "", /^prov\.server\.static = phones\.example\.net:8443$/m);
  assert.match(algo?.text ?? "", /^prov\.download\.cfgpath = \/[\w-]+$/m);
  const [akuvox] = files("akuvox", "R20A");
  assert.match(
    akuvox?.text ?? "",
    /^Config\.Autoprovision\.GENERAL\.Url = https:\/\/phones\.example\.net:8443\//m,
  );
});

test("2N's accounts count from 0, and those that are not used are off", () => {
  const [file] = files("2n", "IP Solo");
  assert.match(file?.text ?? "", /<Sip At="0">\s*<Enabled>1</);
  assert.match(file?.text ?? "", /<Sip At="3">\s*<Enabled>0</);
});

test("Escene: another port than 5060 stands behind the name; free keys are cleared", () => {
  const settings = { user: "1", password: "made-up", server: { host: "pbx.example.net", port: 5070 } };
  const keys = [{ position: 1, type: "blf" as const, value: "1002" }];
  const served = files("escene", "ES320", { lines: [{ index: 1, settings }], settings: { keys } });
  assert.match(served[0]?.text ?? "", /ProxyServerAddress="pbx\.example\.net:5070"/);
  assert.match(served[1]?.text ?? "", /<hotline id="7"\s+Type="0"/);
});

test("Jitsi's accounts that are gone are cleared by a word, for what is not said stays", () => {
  const [file] = files("jitsi", "Jitsi");
  assert.match(file?.text ?? "", /^net\.java\.sip\.communicator\.impl\.protocol\.sip\.acc1=acc1$/m);
  assert.match(file?.text ?? "", /^net\.java\.sip\.communicator\.impl\.protocol\.sip\.acc2=\$\{null\}$/m);
});

test("Atcom's head has its own version, Sangoma A's that of Fanvil", () => {
  assert.match(files("atcom", "AG198")[0]?.text ?? "", /^<<VOIP CONFIG FILE>>Version:2\.0002\n/);
  assert.match(files("sangoma", "A25")[0]?.text ?? "", /^<<VOIP CONFIG FILE>>Version:2\.0000000000 +\n/);
});

test("Gigaset's DECT bases: one provider for all accounts of a server", () => {
  const line = (index: number, host: string) => ({
    index,
    settings: { user: `10${index}`, password: "made-up", server: { host } },
  });
  const lines = [line(1, "a.example"), line(2, "a.example"), line(3, "b.example")];
  const text = files("gigaset", "N870 IP PRO", { lines })
    .map((file) => file.text)
    .join("");
  assert.match(text, /"SipProvider\.0\.Domain"\s+value="a\.example"/);
  assert.match(text, /"SipProvider\.1\.Domain"\s+value="b\.example"/);
  assert.doesNotMatch(text, /"SipProvider\.2\.Domain"\s+value="[ab]\.example"/);
});

test("a door without encryption gets nothing of a phone whose way to us is not known", () => {
  for (const id of ["atcom", "jitsi", "zoiper"]) {
    const family = profiles.families.find((one) => one.id === id);
    const entries = family?.map.groups.flatMap((group) => group.entries) ?? [];
    assert.ok(entries.length > 0 && entries.every((entry) => entry.bootstrap === undefined), id);
  }
});
