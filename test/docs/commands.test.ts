import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Command } from "commander";
import { readAgentConfig } from "../../agent/config.ts";
import type { CliContext } from "../../agent/cli/context.ts";
import { exitCodes } from "../../agent/cli/exit-codes.ts";
import { groups } from "../../agent/cli/groups.ts";
import { plainStyle } from "../../agent/cli/print/style.ts";
import { checkServerConfig, readServerConfig } from "../../provisioning-server/config.ts";
import { blocksOf, codeIn, marked, readPage, tableOf } from "./markdown.ts";

const page = readPage("docs/commands.md");

/** A context for looking at commands; nothing is run with it. */
const context: CliContext = {
  out() {},
  outBytes() {},
  say() {},
  progress() {},
  style: plainStyle,
  stdin: new PassThrough(),
  environment: {},
  signal: new AbortController().signal,
  end() {},
};

/** Told once for all: these need no row in each verb. */
const common = tableOf(page.split("Options that many verbs have:")[1] ?? "").flatMap((row) =>
  flagsIn(row.get("option") ?? ""),
);

function flagsIn(text: string): string[] {
  return codeIn(text).flatMap((code) => /--[a-z0-9-]+/.exec(code)?.[0] ?? []);
}

/** Sections by their heading, such as `offhook phone add`; a group's own ends where its first verb begins. */
const sections = new Map(
  page
    .split(/^#{2,3} (?=offhook )/m)
    .slice(1)
    .map((text) => [text.split("\n")[0] ?? "", text.split(/^## /m)[0] ?? ""]),
);

function flagsTold(section: string): string[] {
  const cells = section.split("\n").filter((line) => line.startsWith("| `-"));
  return cells.flatMap((line) => flagsIn(line.split("|")[1] ?? ""));
}

async function commandsOfGroups(): Promise<{ name: string; command: Command; inherited: string[] }[]> {
  const found: { name: string; command: Command; inherited: string[] }[] = [];
  for (const group of groups) {
    const command = new Command(group.name);
    (await group.load())(command, context);
    const name = `offhook ${group.name}`;
    found.push({ name, command, inherited: [] });
    const inherited = flagsTold(sections.get(name) ?? "");
    for (const verb of command.commands)
      found.push({ name: `${name} ${verb.name()}`, command: verb, inherited });
  }
  return found;
}

const commands = await commandsOfGroups();

test("docs/commands.md has a section for every group and verb, and no other", () => {
  assert.deepEqual([...sections.keys()].toSorted(), commands.map(({ name }) => name).toSorted());
});

for (const { name, command, inherited } of commands) {
  test(`docs/commands.md tells the options of ${name}, all of them and no other`, () => {
    const section = sections.get(name) ?? "";
    const isGroup = command.commands.length > 0;
    const known = command.options.map(({ long }) => long ?? "");
    const told = flagsTold(section);
    if (isGroup) return;
    assert.deepEqual(
      known.filter((flag) => ![...told, ...common, ...inherited].includes(flag)),
      [],
      "not told",
    );
    assert.deepEqual(
      told.filter((flag) => !known.includes(flag)),
      [],
      "told, and not there",
    );
    const examples = blocksOf(section, "sh").join("\n");
    assert.ok(examples.includes(name), `no example of ${name}`);
  });
}

test("docs/commands.md tells every exit code, and no other", () => {
  const section = page.split("## Exit codes")[1] ?? "";
  const told = tableOf(section).map((row) => [row.get("name"), Number(row.get("code"))]);
  assert.deepEqual(told, Object.entries(exitCodes));
});

test("docs/commands.md tells every environment variable of the programs, and no other", () => {
  const root = new URL("../../", import.meta.url).pathname;
  const sources = globSync(["agent/**/*.ts", "provisioning-server/**/*.ts"], { cwd: root });
  const texts = sources
    .filter((file) => !file.includes("/noc/web/"))
    .map((file) => readFileSync(join(root, file), "utf8"));
  const used = new Set(texts.flatMap((text) => text.match(/\bOFFHOOK_[A-Z_]+/g) ?? []));
  const section = page.split("## Environment")[1] ?? "";
  const told = tableOf(section).flatMap((row) => codeIn(row.get("variable") ?? ""));
  assert.deepEqual(told.filter((name) => name.startsWith("OFFHOOK_")).toSorted(), [...used].toSorted());
});

interface Leaf {
  readonly [name: string]: unknown;
}

function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value as Leaf).flatMap(([name, child]) =>
    leaves(child, path === "" ? name : `${path}.${name}`),
  );
}

test("docs/commands.md tells every setting of the server with its default, and no other", () => {
  const told = tableOf(marked(page, "server-settings")).map((row) => [
    codeIn(row.get("setting") ?? "")[0],
    codeIn(row.get("default") ?? "")[0],
  ]);
  const known = leaves(checkServerConfig({})).map(([path, value]) => [
    path,
    // The names are those of the machine that runs it.
    path === "names" ? undefined : typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const byPath = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
  assert.deepEqual(told.toSorted(byPath), known.toSorted(byPath));
});

test("the settings files of docs/commands.md are read by the programs", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-docs-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const serverToml = blocksOf(marked(page, "server-toml"), "toml")[0] ?? "";
  assert.equal(readServerConfig(write("server.toml", serverToml)).tftp.port, 69);
  write("offhook-ca.pem", "any");
  write("site.toml", 'site = "berlin"\n');
  const file = write("agent.toml", blocksOf(marked(page, "agent-toml"), "toml")[0] ?? "");
  const config = readAgentConfig({ file, environment: {}, defaultState: folder });
  assert.equal(config.server?.url, "https://phones.example.net:9443");
  assert.equal(config.name, "berlin-1");
});
