import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCsv } from "../../../provisioning-server/inventory/csv.ts";
import { flawSentence } from "../../../provisioning-server/inventory/flaw.ts";
import { importPresets } from "../../../provisioning-server/inventory/import-presets.ts";
import { importResultFile } from "../../../provisioning-server/inventory/import-result-file.ts";
import { decodePhoneTable } from "../../../provisioning-server/inventory/phone-table.ts";
import { decodeSettingPath } from "../../../provisioning-server/inventory/setting-place.ts";
import { openSample } from "./sample.ts";

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** The settings of a row, as `path=text`. */
function settingsOf(row: ReturnType<typeof decodePhoneTable>["rows"][number] | undefined): string[] {
  return (row?.draft.settings ?? []).map(({ path, text }) => `${path}=${text}`);
}

test("every preset names settings that there are", () => {
  for (const { name, columns } of importPresets)
    for (const [column, use] of Object.entries(columns)) {
      const uses = typeof use === "function" ? use("a/b").map((meaning) => meaning.use) : [use];
      for (const each of uses)
        if ("setting" in each)
          assert.ok(decodeSettingPath(each.setting.replace(/^line\./, "line1.")).ok, `${name} ${column}`);
    }
});

test("an export of FusionPBX: template is vendor and model, rows of one device are its lines, what is off is left out", () => {
  const table = decodePhoneTable(
    [
      "device_uuid,device_mac_address,device_label,device_vendor,device_template,device_enabled,line_number,server_address,display_name,user_id,auth_id,password,sip_port,sip_transport",
      "u1,80-5e-c0-01-00-01,Room 1,yealink,yealink/t46u,true,1,pbx.example,Ann,201,a201, pw 1,5061,tls",
      "u1,80-5e-c0-01-00-01,Room 1,yealink,yealink/t46u,true,2,pbx.example,Ann,202,,pw2,,dns srv",
      "u2,80-5e-c0-01-00-02,,yealink,yealink/t46u,false,1,pbx.example,Bob,203,,pw3,,",
    ].join("\n"),
  );
  assert.equal(table.preset, "fusionpbx");
  assert.equal(table.guessed, true);
  assert.deepEqual(table.unused, ["device_uuid"]);
  assert.deepEqual(table.skipped, [{ line: 4, why: "the device is switched off there" }]);
  assert.equal(table.rows.length, 1);
  const [row] = table.rows;
  assert.deepEqual(row?.lines, [2, 3]);
  assert.deepEqual([row?.draft.vendor, row?.draft.model, row?.draft.label], ["yealink", "t46u", "Room 1"]);
  assert.deepEqual(settingsOf(row), [
    "line1.server.host=pbx.example",
    "line1.displayName=Ann",
    "line1.user=201",
    "line1.authUser=a201",
    "line1.password= pw 1",
    "line1.server.port=5061",
    "line1.server.transport=tls",
    "line2.server.host=pbx.example",
    "line2.displayName=Ann",
    "line2.user=202",
    "line2.password=pw2",
    "line2.server.transport=dns",
  ]);
});

test("extensions of FreePBX want MACs: told without, joined with a list, model and PBX for all rows", () => {
  const text =
    "extension,name,voicemail,ringtimer,tech,secret,outboundcid\n301,Dan,novm,0,pjsip,planted,\n302,Eve,,0,dahdi,,\n303,Flo,,0,sip,x,\n";
  const without = decodePhoneTable(text);
  assert.equal(without.preset, "freepbx");
  assert.match(flawSentence(without.flaws[0] ?? { place: "", expected: "", found: "" }), /--macs FILE/);
  const table = decodePhoneTable(text, {
    macs: "extension;mac;model\n301;805ec0010001;T31P\n",
    values: [
      { path: "model", text: "T46U" },
      { path: "line1.server.host", text: "pbx.example" },
    ],
  });
  assert.deepEqual(table.flaws, []);
  assert.deepEqual(table.unused, ["voicemail", "ringtimer", "outboundcid"]);
  assert.deepEqual(
    table.skipped.map(({ why }) => why),
    ["an extension of dahdi, not of SIP", "the list of MACs has none for 303"],
  );
  assert.equal(table.rows[0]?.draft.model, "T31P", "what the row says itself holds");
  assert.deepEqual(settingsOf(table.rows[0]), [
    "line1.user=301",
    "line1.displayName=Dan",
    "line1.password=planted",
    "line1.server.host=pbx.example",
  ]);
});

test("devices and configs of a Wazo are phones with all their lines", () => {
  const line = {
    username: "u1",
    auth_username: "a1",
    password: "planted",
    display_name: "Ann",
    number: "1001",
    proxy_ip: "10.0.0.9",
  };
  const text = JSON.stringify({
    devices: [
      {
        id: "d1",
        mac: "80:5e:c0:01:00:01",
        vendor: "Yealink",
        model: "T46U",
        config: "c1",
        description: "Room",
      },
      { id: "d2", mac: "00:04:13:01:00:01", vendor: "Snom", model: "D785", config: "none" },
    ],
    configs: [{ id: "c1", raw_config: { sip_lines: { "1": line, "2": { username: "u2" } } } }],
  });
  const { preset, rows, flaws } = decodePhoneTable(text);
  assert.deepEqual([preset, flaws, rows.length], ["wazo", [], 2]);
  assert.deepEqual(
    [rows[0]?.draft.vendor, rows[0]?.draft.model, rows[0]?.draft.label],
    ["yealink", "T46U", "Room"],
  );
  assert.deepEqual(settingsOf(rows[0]), [
    "line1.user=u1",
    "line1.authUser=a1",
    "line1.password=planted",
    "line1.displayName=Ann",
    "line1.label=1001",
    "line1.server.host=10.0.0.9",
    "line2.user=u2",
  ]);
  assert.match(decodePhoneTable('{"a":1}').flaws[0]?.expected ?? "", /devices/);
});

test("users of a Wazo, devices of NetBox, extensions of Vodia and Switchvox", () => {
  const wazo = decodePhoneTable(
    "firstname,lastname,exten,line_protocol,sip_username,sip_secret,mac,model\nAnn,Lee,1001,sip,u1,p1,805ec0010001,T46U\n",
  );
  assert.deepEqual([wazo.preset, wazo.unused], ["wazo", []]);
  assert.deepEqual(settingsOf(wazo.rows[0]), [
    "line1.label=1001",
    "line1.user=u1",
    "line1.password=p1",
    "line1.displayName=Ann Lee",
  ]);

  const netbox = decodePhoneTable(
    "name,role,tenant,manufacturer,device_type,serial,status,site\nph-1,IP Phone,,Yealink,T46U,x,active,Berlin Office\nsw-1,Access Switch,,Cisco,C9300,y,active,Berlin Office\n",
    {
      macs: "mac_address,device,interface,is_primary\n80:5E:C0:01:00:0F,ph-1,pc,\n80:5E:C0:01:00:01,ph-1,lan,true\n",
    },
  );
  assert.equal(netbox.preset, "netbox");
  assert.deepEqual(netbox.skipped, [{ line: 3, why: "a device of the role Access Switch" }]);
  const { settings: _none, ...draft } = netbox.rows[0]?.draft ?? { mac: "" };
  assert.deepEqual(draft, {
    mac: "80:5E:C0:01:00:01",
    vendor: "yealink",
    model: "T46U",
    site: "berlin-office",
    label: "ph-1",
  });

  const vodia = decodePhoneTable(
    "#alias;first_name;last_name;mac;mb_pin;password\n40;Ann;Lee;805ec0010001;1234;p1\n",
  );
  assert.deepEqual([vodia.preset, vodia.unused], ["vodia", ["mb_pin"]]);
  assert.deepEqual(settingsOf(vodia.rows[0]), [
    "line1.user=40",
    "line1.password=p1",
    "line1.displayName=Ann Lee",
  ]);

  const switchvox = decodePhoneTable(
    "ext,fname,lname,location,password,phone_password,digium_phone_mac_address\n801,Ann,Lee,Room 1,person,p1,000fd3010001\n",
  );
  assert.deepEqual([switchvox.preset, switchvox.unused], ["switchvox", ["password"]]);
  assert.deepEqual(settingsOf(switchvox.rows[0]), [
    "line1.user=801",
    "line1.password=p1",
    "line1.displayName=Ann Lee",
  ]);
});

test("our own header stays ours, also where a word is another system's; --preset says otherwise", () => {
  for (const header of [
    "mac,model,ext,password",
    "mac,name,site",
    "device_address,ext",
    "mac_address,manufacturer,device_type,location",
  ])
    assert.equal(decodePhoneTable(`${header}\n`).preset, "ours", header);
  assert.equal(decodePhoneTable("mac,extension,secret\n", { preset: "freepbx" }).preset, "freepbx");
  assert.match(decodePhoneTable("mac\n", { preset: "freepbxx" }).flaws[0]?.remedy ?? "", /freepbx/);
});

test("the result file has a row for each row of the table, masks secrets, and says old and new", async () => {
  await using sample = await openSample();
  const { inventory } = sample;
  assert.ok((await inventory.addSite({ id: "berlin" })).ok);
  await inventory.importPhones("mac,model,ext,password\n805ec0010001,T46U,201,planted-1\n");
  const result = await inventory.importPhones(
    "mac,model,ext,password\n805ec0010001,T46U,202,planted-2\nbad,T46U,1,\n805ec0010003,T46U,,\n",
    { keepGoing: true },
  );
  const text = importResultFile(result);
  assert.doesNotMatch(text, /planted/);
  const { records } = decodeCsv(text);
  assert.deepEqual(
    records.map(({ cells }) => [cells[0], cells[2], cells[3], cells[7]]),
    [
      ["line", "result", "column", "changes"],
      ["2", "changed", "", "line1.user: 201 → 202; line1.password: •••• → ••••"],
      ["3", "refused", "mac", ""],
      ["4", "added", "", "vendor: not set → yealink; model: not set → T46U; site: not set → berlin"],
    ],
  );
});

test("decodePhoneTable() never throws, whatever stands in another system's table: 20,000 tables", (t) => {
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const next = (most: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
  const words = [
    "",
    "1",
    "yealink/t46u",
    "/",
    '"',
    "true",
    "sip",
    "__proto__",
    "constructor",
    "805ec0010001",
    "é\u0000",
    "{",
    "[1]",
    "x".repeat(300),
  ];
  const pick = () => words[next(words.length)] ?? "";
  for (let round = 0; round < 20_000; round += 1) {
    const preset = importPresets[next(importPresets.length)];
    const names = [...(preset?.tells[0] ?? []), ...Object.keys(preset?.columns ?? {})].filter(
      () => next(3) > 0,
    );
    const header = [...names, pick()].join(",");
    const rows = Array.from({ length: next(4) }, () =>
      Array.from({ length: names.length + next(3) }, pick).join(","),
    );
    const json = JSON.stringify({
      devices: [{ mac: pick(), config: "c", [pick()]: next(9) }, pick(), null],
      configs: [{ id: "c", raw_config: { sip_lines: { [pick()]: { username: pick() } } } }],
    });
    const table = decodePhoneTable(next(5) === 0 ? json : [header, ...rows].join("\n"), {
      ...(next(2) === 0 ? { preset: preset?.name ?? "ours" } : {}),
      ...(next(2) === 0 ? { macs: `ext,mac\n${pick()},${pick()}\n` } : {}),
      values: [{ path: pick(), text: pick() }],
    });
    assert.ok(Array.isArray(table.rows));
  }
});
