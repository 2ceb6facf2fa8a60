import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { columnsOfMib, loadMibs, mibOf, type VendorMib } from "../../../agent/mibs/load-mibs.ts";

const own = fileURLToPath(new URL("../../../agent/mibs", import.meta.url));

function folderWith(context: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-mibs-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const sound = {
  about: "a made-up vendor",
  proof: "mib",
  sysObjectId: ["1.3.6.1.4.1.99999"],
  index: "pse",
  portMap: ["number-is-ifindex"],
  quirks: [],
};

describe("loadMibs()", () => {
  it("reads every file that ships", () => {
    const ids = loadMibs(own).map((mib) => mib.id);
    for (const id of ["cisco-ios", "cisco-sb", "extreme-exos", "huawei", "juniper", "mikrotik", "tp-link"]) {
      assert.ok(ids.includes(id), id);
    }
  });

  it("names every problem of every file, with its path", (context) => {
    const folder = folderWith(context, {
      "a.json": "{ not json",
      "b.json": JSON.stringify({ ...sound, watts: { column: "1.3.6.1.4.1.99999.x", unit: "kW" } }),
      "c.json": JSON.stringify({ ...sound, quirks: [{ quirk: "says nothing of its reason" }], extra: 1 }),
    });
    assert.throws(
      () => loadMibs(folder),
      (error: Error) => {
        for (const part of [
          "a.json",
          "b.json /watts/column",
          "b.json /watts/unit",
          "c.json /quirks/0",
          "c.json",
        ]) {
          assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        }
        return true;
      },
    );
  });

  it("says of every file what it rests on, and why of every quirk", () => {
    for (const mib of loadMibs(own)) {
      assert.ok(["recording", "mib", "source", "unverified"].includes(mib.proof), mib.id);
      assert.ok(mib.quirks.length > 0, `${mib.id} has no quirk: a make without any needs no file`);
    }
  });

  it("columnsOfMib() names every column of a file, once", () => {
    for (const mib of loadMibs(own)) {
      const columns = columnsOfMib(mib);
      const named = JSON.stringify({ ...mib, sysObjectId: [], quirks: [] }).match(/"1(?:\.\d+){6,}"/g) ?? [];
      assert.deepEqual(
        columns.toSorted(),
        [...new Set(named.map((each) => each.slice(1, -1)))].toSorted(),
        mib.id,
      );
    }
  });

  it("refuses two files that claim one prefix", (context) => {
    const folder = folderWith(context, { "a.json": JSON.stringify(sound), "b.json": JSON.stringify(sound) });
    assert.throws(
      () => loadMibs(folder),
      /b\.json \/sysObjectId: 1\.3\.6\.1\.4\.1\.99999 is claimed by a\.json too/,
    );
  });
});

describe("mibOf()", () => {
  const mibs = loadMibs(own);
  const cases: [string, string | undefined][] = [
    ["1.3.6.1.4.1.9.1.563", "cisco-ios"],
    ["1.3.6.1.4.1.9.6.1.1006.24.5", "cisco-sb"],
    ["1.3.6.1.4.1.3955.1000.3.18.2", "cisco-sb"],
    ["1.3.6.1.4.1.1916.2.173", "extreme-exos"],
    ["1.3.6.1.4.1.2011.2.23.291", "huawei"],
    ["1.3.6.1.4.1.2636.1.1.1.2.30", "juniper"],
    ["1.3.6.1.4.1.14988.2", "mikrotik"],
    ["1.3.6.1.4.1.11863.5.26", "tp-link"],
    ["1.3.6.1.4.1.11.2.3.7.11.84", "procurve"],
    ["1.3.6.1.4.1.47196.4.1.1.1.100", "aruba-cx"],
    ["1.3.6.1.4.1.25506.1.578", "comware"],
    ["1.3.6.1.4.1.2011.10.1.89", "comware"],
    ["1.3.6.1.4.1.45.3.80.1", "extreme-boss"],
    ["1.3.6.1.4.1.5624.2.1.119", "enterasys"],
    ["1.3.6.1.4.1.1991.1.3.57.1.2.1.1", "ruckus-icx"],
    ["1.3.6.1.4.1.4526.100.4.19", "netgear"],
    ["1.3.6.1.4.1.4413", "edgeswitch"],
    ["1.3.6.1.4.1.674.10895.3042", "dell-n"],
    ["1.3.6.1.4.1.674.10895.3000", "radlan"],
    ["1.3.6.1.4.1.35265.1.107", "radlan"],
    ["1.3.6.1.4.1.171.10.141.8.1", "dlink"],
    ["1.3.6.1.4.1.171.10.94.1", "dlink-radlan"],
    ["1.3.6.1.4.1.890.1.15", "zyxel"],
    ["1.3.6.1.4.1.207.1.4.126", "allied-telesis"],
    ["1.3.6.1.4.1.12356.106.1.1", "fortiswitch"],
    ["1.3.6.1.4.1.6486.800.1.1.2.1.7.1.10", "alcatel-aos6"],
    ["1.3.6.1.4.1.57353.1.3", "luxul"],
    ["1.3.6.1.4.1.52642.2.1.45.101", "fs"],
    ["1.3.6.1.4.1.259.10.1.43.105", "edgecore"],
    ["1.3.6.1.4.1.40418.7.15", "snr"],
    ["1.3.6.1.4.1.17713.24.1", "cambium"],
    ["1.3.6.1.4.1.14823.1.1.26", "aruba-mobility"],
    ["1.3.6.1.4.1.27514.1.1.2.7", "qtech"],
    ["1.3.6.1.4.1.35265.1.176", "eltex-iss"],
    // net-snmp on any Linux.
    ["1.3.6.1.4.1.8072.3.2.10", undefined],
    // A prefix ends at an arc: 99 is not 9.
    ["1.3.6.1.4.1.99.1.1", undefined],
    ["1.3.6.1.4.1.20113", undefined],
    ["", undefined],
  ];
  for (const [sysObjectId, id] of cases) {
    it(`says ${id ?? "nothing"} of ${sysObjectId || "an empty sysObjectID"}`, () => {
      assert.equal(mibOf(mibs, sysObjectId)?.id, id);
    });
  }

  it("tells makes with one sysObjectID apart by sysDescr", () => {
    const of = (id: string, about: string) => mibOf(mibs, id, about)?.id;
    const extreme = "1.3.6.1.4.1.1916.2.302";
    assert.equal(of(extreme, "VSP-7432CQ (8.0.5.0)"), "voss");
    assert.equal(of(extreme, "5420F-24P-4XE-FabricEngine (8.6.0.0)"), "voss");
    assert.equal(of(extreme, "ExtremeXOS (X440-8p) version 15.3.3.5"), "extreme-exos");
    assert.equal(of("1.3.6.1.4.1.8072.3.2.10", "Cumulus Linux 4.4.0 (Linux Kernel 4.19)"), "cumulus");
    assert.equal(of("1.3.6.1.4.1.8072.3.2.10", "Linux host 6.1.0"), undefined);
  });

  it("prefers the longest prefix, whatever the order", () => {
    const [first] = mibs;
    assert.ok(first !== undefined);
    const short: VendorMib = { ...first, id: "short", sysObjectId: ["1.3.6.1.4.1.9"] };
    assert.equal(mibOf([short, ...mibs], "1.3.6.1.4.1.9.1.5")?.id, "cisco-ios");
    assert.equal(mibOf([...mibs, short], "1.3.6.1.4.1.9.1.5")?.id, "cisco-ios");
  });
});
