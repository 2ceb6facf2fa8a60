import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { csvTable } from "../../../provisioning-server/noc/csv-table.ts";

const columns = [
  { name: "a", of: (row: { a: string; b: number | undefined }) => row.a },
  { name: "b", of: (row: { a: string; b: number | undefined }) => row.b },
];

describe("csvTable()", () => {
  test("quotes what needs it, ends lines with CRLF, leaves numbers alone", () => {
    equal(csvTable(columns, [{ a: 'say "hi", you', b: -1 }]), 'a,b\r\n"say ""hi"", you",-1\r\n');
    equal(csvTable(columns, [{ a: "", b: undefined }]), "a,b\r\n,\r\n");
  });

  test("text that starts like a formula gets a quote in front", () => {
    for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
      const [row] = parse(csvTable(columns, [{ a: `${start}1+1`, b: 0 }]), { from_line: 2 }) as string[][];
      equal(row?.[0], `'${start}1+1`);
    }
  });

  test("an independent reader gets every other text back as it was", () => {
    const text = fc.string({ unit: "binary" }).filter((each) => !/^[=+\-@\t\r]/.test(each));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
        const rows = texts.map((a) => ({ a, b: 1 }));
        const read = parse(csvTable(columns, rows), { record_delimiter: "\r\n" }) as string[][];
        deepEqual(
          read.slice(1).map(([a]) => a),
          texts,
        );
      }),
    );
  });
});
