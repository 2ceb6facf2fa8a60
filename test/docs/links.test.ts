import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { marked, readPage } from "./markdown.ts";

const root = new URL("../../", import.meta.url).pathname;
const pages = globSync("**/*.md", {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist|data-demo)(?:\/|$)/.test(path),
}).toSorted();

const textOf = (page: string) => readFileSync(join(root, page), "utf8");
const withoutCode = (text: string) =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** Where the links of a page lead, as written; pictures too. */
function linksOf(page: string): string[] {
  return [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}

/** Names of a page's headings, as its links spell them. */
function anchorsOf(page: string): string[] {
  const headings = textOf(page).match(/^#{1,6} .+$/gm) ?? [];
  return headings.map((line) =>
    line
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("there are pages to look at", () => assert.ok(pages.includes("README.md") && pages.length > 15));

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    for (const link of linksOf(page)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      assert.ok(existsSync(join(root, target)), `${link}: there is no ${target}`);
      if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), `${link}: no such heading`);
    }
  });
}

test("every page is reached from README.md", () => {
  const seen = new Set<string>(["README.md"]);
  for (const page of seen) {
    for (const link of linksOf(page)) {
      const target = normalize(join(dirname(page), link.split("#")[0] ?? "")).replace(/\/$/, "");
      // A link to a folder reaches the pages in it.
      for (const each of pages) if (each === target || dirname(each) === target) seen.add(each);
    }
  }
  assert.deepEqual(
    pages.filter((page) => !seen.has(page)),
    [],
  );
});

test("each invariant of docs/architecture.md names what holds it, and that is there", () => {
  const invariants = marked(readPage("docs/architecture.md"), "invariants")
    .split(/^\d+\. /m)
    .slice(1);
  assert.ok(invariants.length >= 20);
  for (const invariant of invariants) {
    const [said = "", holders = ""] = invariant.split("Held by");
    const files = [...holders.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    const paths = files.filter((file) => file.startsWith("test/") || file.startsWith("."));
    // "Held by the same tests" leans on the one before.
    assert.ok(paths.length > 0 || holders.includes("the same tests"), said);
    for (const path of paths) assert.ok(existsSync(join(root, path)), `${path} of: ${said}`);
  }
});

test("the rooms and files that docs/architecture.md names are there", () => {
  const named = [...readPage("docs/architecture.md").matchAll(/`([a-z-]+\/[A-Za-z0-9./-]*)`/g)];
  const paths = named
    .map((match) => match[1] ?? "")
    .filter((path) =>
      /^(?:protocol|diagnosis|agent|provisioning-server|firmware-profiles|test|docs)\//.test(path),
    );
  for (const path of new Set(paths)) assert.ok(existsSync(join(root, path)), path);
  assert.ok(paths.length > 20);
});
