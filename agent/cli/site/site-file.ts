import { readFileSync } from "node:fs";
import { parse as parseToml } from "smol-toml";
import { Compile } from "typebox/compile";
import { thresholdsFrom, type Thresholds } from "../../../diagnosis/thresholds.ts";
import { fillSiteConfig, SiteConfig } from "../../../protocol/site-config.ts";
import { probes } from "../../probes/list.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import type { Look } from "../look.ts";
import { withDefaults } from "../settings-options.ts";

const check = Compile(SiteConfig);

function parseFile(path: string): unknown {
  try {
    const text = readFileSync(path, "utf8");
    return path.endsWith(".json") ? JSON.parse(text) : parseToml(text);
  } catch (error) {
    throw new CliError(exitCodes.badConfig, `${path}: ${whyNot(error)}`);
  }
}

/** Node repeats the path in its message; a parser says where. */
function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : error.message;
}

/** @throws CliError (bad configuration) with every problem: place, expected, found. */
export function readSiteFile(path: string): SiteConfig {
  const found = fillSiteConfig(parseFile(path));
  if (check.Check(found)) return found;
  const problems = check
    .Errors(found)
    .map((error) => `${path} ${error.instancePath || "/"}: ${error.message}`);
  throw new CliError(
    exitCodes.badConfig,
    problems.join("\n  "),
    "docs/site-file.md shows a whole site file.",
  );
}

/** Every probe of the site, once. @throws CliError for a probe that does not exist or settings it does not take. */
export function looksOfSite(site: SiteConfig): Look[] {
  return site.probes.map((plan) => {
    const probe = probes.find((candidate) => candidate.name === plan.probe);
    if (probe === undefined) {
      const known = probes.map((each) => each.name).join(", ");
      throw new CliError(
        exitCodes.badConfig,
        `plan ${plan.id}: no probe "${plan.probe}"`,
        `Known probes: ${known}.`,
      );
    }
    const settings = withDefaults(probe.settings, plan.settings);
    const check = Compile(probe.settings);
    if (!check.Check(settings)) {
      const problems = check
        .Errors(settings)
        .map((error) => `plan ${plan.id} ${error.instancePath}: ${error.message}`);
      throw new CliError(exitCodes.badConfig, problems.join("\n  "));
    }
    return {
      probe,
      target: plan.target,
      settings,
    };
  });
}

/** @throws CliError for a threshold no rule knows. */
export function thresholdsOfSite(site: SiteConfig): Thresholds {
  const { thresholds, unknown } = thresholdsFrom(site.thresholds);
  if (unknown.length === 0) return thresholds;
  throw new CliError(
    exitCodes.badConfig,
    `thresholds: no rule knows ${unknown.join(", ")}`,
    "docs/diagnosis.md lists them.",
  );
}
