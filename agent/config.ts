import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { mismatch, type Mismatch } from "../protocol/decoded.ts";
import { schemaMismatches } from "../protocol/schema-mismatches.ts";
import type { Secret } from "../protocol/secret.ts";
import type { Trust } from "./io/server-link.ts";
import { CollectorToml, type CollectorConfig } from "./quality/collector-config.ts";
import { authProtocols, privProtocols } from "./io/snmp/v3-user.ts";

const Source = Type.String({ pattern: "^(env|file):.+$", maxLength: 4000 });

const TrapsToml = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    address: Type.Optional(Type.String({ pattern: "^[0-9a-fA-F.:]{2,45}$" })),
    users: Type.Optional(
      Type.Array(
        Type.Object(
          {
            user: Type.String({ minLength: 1, maxLength: 32 }),
            auth: Type.Optional(Type.Enum([...authProtocols])),
            authKeyFrom: Type.Optional(Source),
            priv: Type.Optional(Type.Enum([...privProtocols])),
            privKeyFrom: Type.Optional(Source),
          },
          { additionalProperties: false },
        ),
        { maxItems: 20 },
      ),
    ),
  },
  { additionalProperties: false },
);
/** The `[traps]` table of agent.toml: where switches send their traps, and who may send v3 ones. */
export type TrapsConfig = Static<typeof TrapsToml>;

/** agent.toml, as people write it. */
const AgentToml = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9._-]{1,60}$" })),
    state: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
    site: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
    server: Type.Optional(
      Type.Object(
        {
          url: Type.String({ pattern: "^https://[^/?#]+/?$", maxLength: 300 }),
          pins: Type.Optional(Type.Array(Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" }), { maxItems: 10 })),
          ca: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
        },
        { additionalProperties: false },
      ),
    ),
    traps: Type.Optional(TrapsToml),
    collector: Type.Optional(CollectorToml),
  },
  { additionalProperties: false },
);

export interface ServerConfig {
  /** `https://host[:port]` */
  readonly url: string;
  readonly trust: Trust;
}

/** What an agent is told at its start. */
export interface AgentConfig {
  /** Names this agent before it is enrolled. */
  readonly name: string;
  /** The state folder: key, papers, spool, last good site config. */
  readonly state: string;
  /** Absent: the agent measures and keeps its reports. */
  readonly server?: ServerConfig;
  /** A token to enrol with, if it is not enrolled yet. */
  readonly enrolToken?: Secret;
  /** Absent: no traps are received. */
  readonly traps?: TrapsConfig;
  /** Absent: no quality reports of phones are received. */
  readonly collector?: CollectorConfig;
  /** A site's document (protocol/site-config.ts) to go by until the server gives one; checked at the start. */
  readonly site?: unknown;
}

/** A place in a settings file that does not fit. */
export interface ConfigProblem extends Mismatch {
  readonly file: string;
  /** 1-based; absent when the value comes from the environment or is missing altogether. */
  readonly line?: number;
}

/** Everything that is wrong with the settings; the program ends with exit code 3. */
export class BadConfig extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemSentence).join("\n"));
    this.problems = problems;
  }
}

/** `agent.toml:3 /server/url: expected …, found …` */
export function problemSentence({ file, line, place, expected, found }: ConfigProblem): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where} ${place}: expected ${expected}, found ${found}`;
}

/** Environment before file: `OFFHOOK_SERVER__URL` is `server.url`. Only text and lists of text (by comma) come this way. */
const variables: readonly {
  readonly name: string;
  readonly path: readonly string[];
  readonly list?: true;
}[] = [
  { name: "OFFHOOK_NAME", path: ["name"] },
  { name: "OFFHOOK_STATE", path: ["state"] },
  { name: "OFFHOOK_SITE", path: ["site"] },
  { name: "OFFHOOK_SERVER__URL", path: ["server", "url"] },
  { name: "OFFHOOK_SERVER__PINS", path: ["server", "pins"], list: true },
  { name: "OFFHOOK_SERVER__CA", path: ["server", "ca"] },
];

export interface ConfigSources {
  /** Path of agent.toml; undefined: there is none, and defaults count. */
  readonly file?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly defaultState: string;
}

/** Reads and checks agent.toml and what it points to. Relative paths start at its folder. @throws BadConfig */
export function readAgentConfig({ file, environment, defaultState }: ConfigSources): AgentConfig {
  const shownFile = file ?? "environment";
  const text = file === undefined ? "" : readText(file, file, "/");
  const table = withEnvironment(parseTable(text, shownFile), environment);
  const problems = schemaMismatches(AgentToml, table).map((each) => located(each, shownFile, text));
  if (problems.length > 0) throw new BadConfig(problems);
  const toml = Value.Parse(AgentToml, table);
  const folder = file === undefined ? "." : dirname(file);
  const { server, site, traps, collector } = toml;
  return {
    name: toml.name ?? hostname(),
    state: resolve(folder, toml.state ?? defaultState),
    ...(server === undefined
      ? {}
      : {
          server: {
            url: server.url,
            trust: {
              pins: server.pins ?? [],
              ...(server.ca === undefined
                ? {}
                : { ca: readText(resolve(folder, server.ca), shownFile, "/server/ca") }),
            },
          },
        }),
    ...(traps === undefined ? {} : { traps }),
    ...(collector === undefined ? {} : { collector }),
    ...(site === undefined ? {} : { site: readSite(resolve(folder, site), shownFile) }),
  };
}

function readText(path: string, file: string, place: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadConfig([{ file, ...mismatch(place, "a file that can be read", why).why }]);
  }
}

function readSite(path: string, file: string): unknown {
  const text = readText(path, file, "/site");
  if (!path.endsWith(".json")) return parseTable(text, path);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadConfig([{ file: path, place: "/", expected: "JSON", found: why }]);
  }
}

function parseTable(text: string, file: string): Record<string, unknown> {
  try {
    return parseToml(text, { unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const found = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    throw new BadConfig([
      { file, line: error.line, place: `column ${error.column}`, expected: "TOML", found },
    ]);
  }
}

function withEnvironment(
  table: Record<string, unknown>,
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  for (const { name, path, list } of variables) {
    const value = environment[name];
    if (value === undefined || value === "") continue;
    const [first = "", second] = path;
    const given = list === true ? value.split(",").map((each) => each.trim()) : value;
    if (second === undefined) table[first] = given;
    else {
      const inner = table[first];
      table[first] = { ...(typeof inner === "object" ? inner : {}), [second]: given };
    }
  }
  return table;
}

function located(problem: Mismatch, file: string, text: string): ConfigProblem {
  const line = lineOf(text, problem.place.split("/").slice(1));
  return { file, ...(line === undefined ? {} : { line }), ...problem };
}

/** The line where a key of a TOML file is set; good for plain tables, which is what people write here. */
export function lineOf(text: string, path: readonly string[]): number | undefined {
  let table = "";
  const tableWanted = path.slice(0, -1).join(".");
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[{1,2}\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      table = header.replaceAll(/["'\s]/g, "");
      if (table === path.join(".")) return index + 1;
      continue;
    }
    const name = /^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(\.[A-Za-z0-9_."'-]+)?\s*=/.exec(line);
    if (name === null) continue;
    const key = `${table === "" ? "" : `${table}.`}${name[1] ?? ""}${name[2] ?? ""}`.replaceAll(/["']/g, "");
    if (key === path.join(".") || (tableWanted !== "" && key === tableWanted)) return index + 1;
  }
  return undefined;
}
