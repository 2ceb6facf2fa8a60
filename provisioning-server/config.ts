import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { parse as parseToml } from "smol-toml";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { schemaMismatches } from "../protocol/schema-mismatches.ts";
import { mismatchSentence } from "../protocol/decoded.ts";
import { PhonesConfig } from "./phones-config.ts";

const Port = (about: string, port: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: port, description: `${about}; 0 takes any free one` });
const Host = (about: string, host: string) =>
  Type.String({ maxLength: 253, default: host, description: about });

/** server.toml. Every setting has a default that needs no privileges. */
export const ServerConfig = Type.Object(
  {
    data: Type.String({ default: "./data", description: "folder of store, keys and certificates" }),
    names: Type.Array(Type.String({ maxLength: 253 }), {
      default: [hostname(), "localhost", "127.0.0.1"],
      maxItems: 50,
      description: "names and addresses in the server's certificate; the first is the one phones are told",
    }),
    phones: PhonesConfig,
    staff: Type.Object(
      { host: Host("address of the listener of staff and agents", "0.0.0.0"), port: Port("its port", 9443) },
      { additionalProperties: false, default: {} },
    ),
    tftp: Type.Object(
      {
        host: Host("address of the TFTP door", "0.0.0.0"),
        port: Port("its port", 6969),
        networks: Type.Array(Type.String({ maxLength: 60 }), {
          default: [],
          maxItems: 200,
          description:
            "networks that are answered besides those of the sites; nobody else gets a single octet",
        }),
        singlePort: Type.Boolean({ default: false, description: "answer from one port (containers, NAT)" }),
      },
      { additionalProperties: false, default: {} },
    ),
    pnp: Type.Object(
      {
        enabled: Type.Boolean({
          default: false,
          description: "answer phones that ask by multicast (SIP PnP)",
        }),
        host: Host("address to listen at", "0.0.0.0"),
        port: Port("port of the multicast group", 5060),
        card: Type.Optional(
          Type.String({ maxLength: 45, description: "address of the network card; else the kernel chooses" }),
        ),
        rivals: Type.Integer({
          minimum: 0,
          maximum: 86_400,
          default: 600,
          description: "seconds between looks for others who answer; 0: never",
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    metrics: Type.Object(
      { host: Host("address of /metrics, /livez, /readyz", "127.0.0.1"), port: Port("its port", 9464) },
      { additionalProperties: false, default: {} },
    ),
    abuse: Type.Object(
      {
        ban: Type.Boolean({
          default: true,
          description: "shut hostile addresses out for an hour; false where fail2ban does it",
        }),
        ignore: Type.Array(Type.String({ maxLength: 60 }), {
          default: ["127.0.0.0/8", "::1/128"],
          maxItems: 200,
          description: "networks that are never shut out: your own balancers, never your customers",
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    noc: Type.Object(
      {
        every: Type.Number({
          minimum: 0.2,
          maximum: 600,
          default: 10,
          description: "seconds between looks at every site",
        }),
        openAfter: Type.Number({
          minimum: 0,
          default: 90,
          description: "seconds a finding stands before it is an incident",
        }),
        closeAfter: Type.Number({
          minimum: 0,
          default: 120,
          description: "seconds of quiet before an incident clears",
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    drain: Type.Number({
      minimum: 0,
      maximum: 25,
      default: 5,
      description:
        "seconds for which a stopping server goes on after /readyz says so, for balancers to see it",
    }),
    logLevel: Type.Union(
      ["debug", "info", "warn", "error", "silent"].map((level) => Type.Literal(level)),
      { default: "info" },
    ),
  },
  { additionalProperties: false },
);
export type ServerConfig = Static<typeof ServerConfig>;

const check = Compile(ServerConfig);

/** A configuration that cannot be used: every problem at once, each with its place, what was expected and found. */
export class ConfigError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(problems.map((problem) => `${file} ${problem}`).join("\n"));
  }
}

/** @throws ConfigError */
export function checkServerConfig(found: unknown, file = "settings"): ServerConfig {
  // Through JSON: defaults are written into it, and one object in two places would get those of both.
  const whole = Value.Default(ServerConfig, JSON.parse(JSON.stringify(found)));
  if (check.Check(whole)) return whole;
  throw new ConfigError(file, schemaMismatches(ServerConfig, whole).map(mismatchSentence));
}

/**
 * Reads server.toml; without a file the defaults.
 * @throws ConfigError
 */
export function readServerConfig(file: string | undefined): ServerConfig {
  if (file === undefined) return checkServerConfig({});
  if (!existsSync(file)) throw new ConfigError(file, ["expected a settings file, found none"]);
  let found: unknown;
  try {
    found = parseToml(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(file, [error instanceof Error ? error.message : String(error)]);
  }
  return checkServerConfig(found, file);
}
