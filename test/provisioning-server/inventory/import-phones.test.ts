import assert from "node:assert/strict";
import { test } from "node:test";
import { flawSentence } from "../../../provisioning-server/inventory/flaw.ts";
import { openSample } from "./sample.ts";

async function withBerlin() {
  const sample = await openSample();
  assert.ok((await sample.inventory.addSite({ id: "berlin", networks: ["10.1.2.0/24"] })).ok);
  return sample;
}

const good = [
  "mac,model,ext,password,displayName,server,port,transport,label,line2.user,time.zone,line1.codecs",
  '80:5E:C0:01:00:01,t46u,0201,"p,w ",Ann,pbx.example,5061,tls,Room 1,0202,Europe/Berlin,g722 pcma',
  "805e.c001.0002,T46U,0203,pw2,Bob,pbx.example,,,,,,",
  "",
].join("\r\n");

test("importPhones() adds phones, and zeros in front stay", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  const result = await inventory.importPhones(good);
  assert.deepEqual(result.flaws, []);
  assert.deepEqual(
    result.rows.map(({ line, mac, result: what }) => [line, mac, what]),
    [
      [2, "805ec0010001", "added"],
      [3, "805ec0010002", "added"],
    ],
  );
  const phone = await inventory.showPhone("805ec0010001");
  assert.ok(phone.ok);
  assert.deepEqual(phone.value.device, {
    mac: "805ec0010001",
    vendor: "yealink",
    model: "T46U",
    site: "berlin",
    label: "Room 1",
    state: "expected",
    lines: [
      {
        index: 1,
        settings: {
          user: "0201",
          password: "••••",
          displayName: "Ann",
          server: { host: "pbx.example", port: 5061, transport: "tls" },
          codecs: ["g722", "pcma"],
        },
      },
      { index: 2, settings: { user: "0202" } },
    ],
    settings: { time: { zone: "Europe/Berlin" } },
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  });
  const directory = await inventory.directory();
  const device = await directory.deviceByMac("805ec0010001");
  assert.equal(device?.lines[0]?.settings.password, "p,w ", "a password is taken as it is");
});

test("importPhones() a second time changes nothing; an empty cell leaves the setting; a change counts", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  await inventory.importPhones(good);
  const again = await inventory.importPhones(good);
  assert.deepEqual(
    again.rows.map((row) => row.result),
    ["unchanged", "unchanged"],
  );
  const change = await inventory.importPhones("mac,ext,label\n805ec0010001,,Room 9\n805ec0010002,0203,\n");
  assert.deepEqual(
    change.rows.map((row) => row.result),
    ["changed", "unchanged"],
  );
  const phone = await inventory.showPhone("805ec0010001");
  assert.ok(phone.ok);
  assert.equal(phone.value.device.label, "Room 9");
  assert.equal(phone.value.device.revision, 2);
  assert.equal(phone.value.device.lines[0]?.settings.user, "0201");
});

test("importPhones() tells all that is wrong, with line and column, and stores nothing", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  const text = [
    "mac,vendor,model,site,ext,port,line1.srtp,password",
    "805ec0010001,,T46U,,1,,,",
    "8.05E+11,,T46U,,1,,,",
    "805ec0010002,,T99X,,1,,,",
    "805ec0010003,,T46U,munich,1,99999,maybe,",
    "805ec0010001,,T46U,,1,,,",
    "805ec0010004,acme,T46U,,1,,,",
    `805ec0010005,,T46U,,1,,,${"hush".repeat(40)}`,
  ].join("\n");
  const result = await inventory.importPhones(text);
  assert.equal(result.applied, false);
  assert.deepEqual(
    result.flaws.map((flaw) => flawSentence(flaw)),
    [
      "line 3, column mac: expected a MAC address of 12 hex digits, in any usual form, found 8.05E+11. A spreadsheet took it for a number: format the column as text and export again.",
      "line 4, column model: expected a model of yealink that the profiles have, found T99X. `offhook profile list` names them.",
      "line 5, column site: expected one of berlin, found munich. `offhook site add ID` makes one.",
      "line 5, column port: expected a whole number from 0 to 65535, found 99999",
      "line 5, column line1.srtp: expected one of off, optional, required, found maybe",
      "line 6, column mac: expected each phone once, found 805ec0010001, as on line 2",
      "line 7, column vendor: expected one of snom, yealink, found acme",
      "line 8, column password: expected text of at most 128 characters, found a value that does not fit",
    ],
  );
  assert.deepEqual(await inventory.listPhones(), []);
  const going = await inventory.importPhones(text, { keepGoing: true });
  assert.equal(going.applied, true);
  assert.deepEqual(
    going.rows.map((row) => row.result),
    ["added", ...Array.from({ length: 6 }, () => "refused")],
  );
  assert.equal((await inventory.listPhones()).length, 1);
});

test("importPhones() as a dry run stores nothing", async () => {
  await using sample = await withBerlin();
  const result = await sample.inventory.importPhones(good, { dryRun: true });
  assert.equal(result.applied, false);
  assert.deepEqual(
    result.rows.map((row) => row.result),
    ["added", "added"],
  );
  assert.deepEqual(await sample.inventory.listPhones(), []);
});

test("importPhones() refuses more lines than the model has, and a MAC another tenant has", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  const result = await inventory.importPhones("mac,model,line3.user\n805ec0010001,T31P,1\n");
  assert.match(
    flawSentence(result.flaws[0] ?? { place: "", expected: "", found: "" }),
    /at most 2 lines \(T31P\), found 3/,
  );
  await inventory.store.db
    .insertInto("mac_owner")
    .values({ mac: "805ec0010001", tenant_id: "other" })
    .execute();
  const foreign = await inventory.importPhones("mac,model\n805ec0010001,T31P\n");
  assert.match(foreign.flaws[0]?.found ?? "", /another tenant/);
});

test("exportPhones() reads back unchanged, formulas guarded", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  const rows = [
    "mac,model,ext,displayName,keys,line1.codecs",
    '805ec0010001,T46U,+4930123,=cmd(),"[{""position"":1,""type"":""blf"",""value"":""202""}]",g722 pcmu',
  ];
  assert.deepEqual((await inventory.importPhones(rows.join("\n"))).flaws, []);
  const table = await inventory.exportPhones();
  assert.match(table, /'=cmd\(\)/);
  assert.match(table, /'\+4930123/);
  const again = await inventory.importPhones(table);
  assert.deepEqual(again.flaws, []);
  assert.deepEqual(
    again.rows.map((row) => row.result),
    ["unchanged"],
  );
});

test("importPhones() takes 1,000 rows in one go", async () => {
  await using sample = await withBerlin();
  const { inventory } = sample;
  const rows = Array.from({ length: 1000 }, (_, index) => {
    const mac = `805ec0${index.toString(16).padStart(6, "0")}`;
    return `${mac},T46U,${String(index).padStart(4, "0")},secret ${index},pbx.example`;
  });
  const result = await inventory.importPhones(["mac,model,ext,password,server", ...rows].join("\n"));
  assert.deepEqual(result.flaws, []);
  assert.equal(result.rows.filter((row) => row.result === "added").length, 1000);
  assert.equal((await inventory.listPhones("berlin")).length, 1000);
  const directory = await inventory.directory();
  assert.equal((await directory.deviceByMac("805ec00003e7"))?.lines[0]?.settings.password, "secret 999");
});
