// `npm test` and `npm run test:range`: finds the tests, runs them with node:test, counts, and ends with one plain line
// `N passed, N failed, N skipped`. A skipped test says why; the reasons are listed before that line.
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const range = process.argv.includes("--range");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const files =
  wanted.length > 0
    ? wanted
    : globSync(range ? "test/range/**/*.test.ts" : "test/**/*.test.ts", {
        exclude: (path) => !range && path.startsWith("test/range"),
      }).toSorted();

// Hundreds of processes compile the same modules: what one has compiled the others take over.
process.env.NODE_COMPILE_CACHE ??= resolve("node_modules/.cache/compiled");

const counts = { passed: 0, failed: 0, skipped: 0 };
const skips: string[] = [];
// The range owns namespaces, ports and the machine's attention: one file at a time.
const stream = run({ files, concurrency: range ? 1 : 2, timeout: 300_000 });
stream.on("test:pass", (event) => {
  if (event.details.type === "suite") return;
  if (event.skip === undefined) counts.passed += 1;
  else {
    counts.skipped += 1;
    skips.push(`${event.name}: ${typeof event.skip === "string" ? event.skip : "no reason given"}`);
  }
});
stream.on("test:fail", (event) => {
  if (event.details.type !== "suite") counts.failed += 1;
  process.exitCode = 1;
});
stream.compose(spec).pipe(process.stdout);
stream.on("end", () => {
  setImmediate(() => {
    for (const skip of skips) console.log(`skipped: ${skip}`);
    if (counts.passed + counts.failed === 0) process.exitCode = 1;
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  });
});
