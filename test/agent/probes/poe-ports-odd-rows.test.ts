import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Compile } from "typebox/compile";
import type { SnmpValue } from "../../../agent/io/snmp/message.ts";
import { columnsOfMib, loadMibs } from "../../../agent/mibs/load-mibs.ts";
import { observeReading } from "../../../agent/probes/poe-ports/observe-reading.ts";
import * as columns from "../../../agent/probes/poe-ports/columns.ts";
import { Observation } from "../../../protocol/observation.ts";
import { seededRandom, type SeededRandom } from "../../fakes/seeded-random.ts";
import { tablesOf } from "../../fakes/switch/tables-of.ts";

const mibs = loadMibs(fileURLToPath(new URL("../../../agent/mibs", import.meta.url)));
const check = Compile(Observation);

const standard = [
  columns.ifMib,
  columns.etherLike,
  columns.power,
  columns.mapping,
  columns.lldp,
  columns.lldpV2,
  columns.cdp,
  columns.mau,
  columns.voice,
  columns.addresses,
].flatMap((table) => Object.values(table));
const vendor = mibs.flatMap(columnsOfMib);

/** A value of any type, most often one that fits somewhere. */
function anyValue(random: SeededRandom): SnmpValue {
  const kind = random.below(8);
  if (kind < 3) return random.below(8);
  if (kind === 3) return random.below(2 ** 32) - 2 ** 31;
  if (kind === 4) return BigInt(random.below(2 ** 31)) << 33n;
  if (kind === 5) return `1.3.6.1.2.1.2.2.1.1.${random.below(9)}`;
  if (kind === 6) return random.bytes(random.below(40));
  return Uint8Array.from(Buffer.from(`Gi1/0/${random.below(9)}`));
}

function anyIndex(random: SeededRandom): string {
  const arcs = 1 + random.below(4);
  const arc = () => (random.below(20) === 0 ? random.below(2 ** 32) : random.below(9));
  return Array.from({ length: arcs }, arc).join(".");
}

describe("observeReading()", () => {
  it("makes sound observations of whatever a switch puts into its tables", () => {
    const seed = Date.now() >>> 0;
    const random = seededRandom(seed);
    console.log(`seed ${seed}`);
    let made = 0;
    for (let i = 0; i < 1500; i++) {
      const rows = () =>
        Object.fromEntries(
          Array.from({ length: random.below(9) }, () => [anyIndex(random), anyValue(random)]),
        );
      const tables = tablesOf(Object.fromEntries([...standard, ...vendor].map((column) => [column, rows()])));
      const mib = mibs[random.below(mibs.length + 1)];
      const scalars = new Map(Object.values(columns.system).map((oid) => [oid, anyValue(random)]));
      const reading = { scalars, tables, mib, portMap: mib?.portMap, failure: undefined };
      const { observations, memory } = observeReading(reading, {
        id: "sw",
        at: 1000,
        mono: 5,
        before: undefined,
      });
      const later = observeReading(reading, { id: "sw", at: 2000, mono: 60_005, before: memory });
      for (const each of [...observations, ...later.observations]) {
        assert.ok(check.Check(each), `seed ${seed}: ${JSON.stringify(each)}`);
      }
      const seen = observations.map(({ subject, key }) => `${subject} ${key}`);
      assert.equal(new Set(seen).size, seen.length, `seed ${seed}: one value for each key of a subject`);
      made += observations.length;
    }
    assert.ok(made > 10_000);
  });
});
