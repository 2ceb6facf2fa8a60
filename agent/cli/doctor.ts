import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { Untestable } from "../../diagnosis/diagnose.ts";
import type { Finding } from "../../protocol/finding.ts";
import { tryParseMacAddress } from "../../protocol/mac-address.ts";
import { observationKeys, type ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation } from "../../protocol/observation.ts";
import { probes } from "../probes/list.ts";
import { security } from "../probes/security.ts";
import { serviceStarts } from "../probes/security/running-services.ts";
import { registration } from "../probes/registration.ts";
import { choosePort } from "./diag/choose-port.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { findingsPage } from "./print/findings-page.ts";
import { openPlaces } from "./diag/kept-places.ts";
import { evidenceLines, looksWithEvidence, type FindingEvidence } from "./diag/diag-capture-evidence.ts";
import { exitCodeOf, judge, type Look } from "./look.ts";
import { fitLine } from "./print/fit-line.ts";
import { printFindings } from "./print/print-findings.ts";
import { colouredVerdict, counted, silenceLines, type Seen } from "./print/print-verdict.ts";
import { looksOfSite, thresholdsOfSite, readSiteFile } from "./site/site-file.ts";
import { settingsFrom } from "./settings-options.ts";
import { stateFolder } from "./state-folder.ts";
import { unanswered } from "./unanswered.ts";

/** Which probe each option of doctor stands for; the option's value is the probe's target. */
const lookOptions = [
  { option: "switch", probe: "poe-ports", flag: "--switch <host...>", about: "a PoE switch by SNMP" },
  { option: "sip", probe: "sip-options", flag: "--sip <host...>", about: "a SIP server" },
  { option: "rtp", probe: "rtp-loopback", flag: "--rtp <host...>", about: "an offhook mirror, for media" },
  { option: "stun", probe: "stun", flag: "--stun <host...>", about: "a STUN server, for NAT" },
  { option: "mirror", probe: "alg", flag: "--mirror <host...>", about: "a mirror or SIP server, for ALG" },
  {
    option: "meter",
    probe: "meter",
    flag: "--meter <port...>",
    about: "a multimeter on a serial port; `auto`: the one port on USB",
  },
  {
    option: "provisioning",
    probe: "provisioning",
    flag: "--provisioning <url...>",
    about: "a phone's config URL",
  },
  {
    option: "dhcp",
    probe: "dhcp",
    flag: "--dhcp <card...>",
    about: "a network card: who gives phones there an address, and what they are told; as root",
  },
] as const;

interface DoctorOptions {
  readonly site?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly phone?: string;
  readonly evidence?: string;
}

/** `offhook doctor`: everything that applies here, side by side, then root causes, worst first. */
export function doctor(command: Command, context: CliContext): void {
  for (const each of lookOptions) command.option(each.flag, each.about);
  command
    .option("--user <name>", "with --sip: log this account in there, too")
    .option("--password-file <file>", "its password")
    .option("--site <file>", "a site file: all its probes are run once")
    .option("--phone <mac>", "only what concerns this phone")
    .option("--json", "one JSON object on stdout")
    .option("--html <file>", "a page to hand over, as well")
    .option("--evidence <folder>", "a pcap per finding with the packets of its looks, secrets masked")
    .addHelpText(
      "after",
      "\nThis host is always looked at. Examples:\n  offhook doctor --switch 192.0.2.2 --sip pbx.example --meter /dev/ttyUSB0\n  offhook doctor --site site.toml --html report.html\n",
    )
    .action(async (options: DoctorOptions & Record<string, unknown>) => {
      await runDoctor(options, context);
    });
}

const givenHere: Readonly<Record<string, Record<string, unknown>>> = {
  // Which meter it is, nobody says here: it is listened for.
  meter: { meter: "auto" },
  // Of a silent SIP server somebody wants to know why.
  "sip-options": { sweep: true },
  // One call is a look that costs nobody anything; fifty are a measurement.
  "rtp-loopback": { streams: 1 },
};

async function looksOf(options: Record<string, unknown>, context: CliContext): Promise<Look[]> {
  const looks: Look[] = [];
  for (const { option, probe: name } of [{ option: "host", probe: "host" }, ...lookOptions]) {
    const probe = probes.find((candidate) => candidate.name === name);
    const targets = option === "host" ? [""] : ((options[option] ?? []) as string[]);
    if (probe === undefined) continue;
    const given = givenHere[name] ?? {};
    for (const target of targets) {
      const found = name === "meter" && target === "auto" ? await portOrNone(context) : target;
      looks.push({ probe, target: found, settings: settingsFrom(probe.settings, given) });
    }
  }
  return [...looks, ...loginsOf(options), ...(await serverLook())];
}

/** A machine that runs a SIP server is looked at as one, without being told. */
async function serverLook(): Promise<Look[]> {
  if ((await serviceStarts()).size === 0) return [];
  return [{ probe: security, target: "", settings: settingsFrom(security.settings, {}) }];
}

/** The port that is there; where there is none, doctor says so and looks at the rest. */
async function portOrNone(context: CliContext): Promise<string> {
  try {
    return await choosePort();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    context.say(`meter: ${error.message}. ${error.next ?? ""}`.trimEnd());
    return "";
  }
}

/** The account that was given, at each SIP server that was. */
function loginsOf(options: Record<string, unknown>): Look[] {
  const {
    user,
    passwordFile,
    sip = [],
  } = options as { user?: string; passwordFile?: string; sip?: string[] };
  if (user === undefined) return [];
  const passwordFrom = passwordFile === undefined ? {} : { passwordFrom: `file:${passwordFile}` };
  const settings = settingsFrom(registration.settings, { user, ...passwordFrom });
  return sip.map((target) => ({ probe: registration, target, settings }));
}

async function runDoctor(
  options: DoctorOptions & Record<string, unknown>,
  context: CliContext,
): Promise<void> {
  const phone = phoneOf(options);
  const site = options.site === undefined ? undefined : readSiteFile(options.site);
  const looks = [...(await looksOf(options, context)), ...(site === undefined ? [] : looksOfSite(site))];
  context.progress(`looking: ${looks.map((each) => each.probe.name).join(", ")} …`);
  const places = openPlaces(stateFolder(context.environment));
  const { observations, filesOf } = await looksWithEvidence(looks, options.evidence, context);
  if (looks.some(({ probe }) => probe.name === "poe-ports")) places.keep(context);
  const { findings: all, untestable } = judge(
    observations,
    site === undefined ? undefined : thresholdsOfSite(site),
  );
  const mine = (subjects: readonly string[]) => phone === undefined || subjects.includes(`phone:${phone}`);
  const findings = all.filter((each) => mine([each.subject, ...each.affects]));
  const seen = { findings, observations, silent: unanswered(all, observations) };
  if (options.html !== undefined) writePage(options.html, findingsPage(seen, Date.now()));
  const evidence = filesOf(findings);
  if (options.json === true) context.out(JSON.stringify({ findings, untestable, observations, evidence }));
  else {
    const about = phone === undefined ? [] : phoneLines(phone, all, seen);
    printDoctor(context, { ...seen, untestable, looks: looks.length, evidence, about });
  }
  context.end(exitCodeOf(findings, observations, seen.silent));
}

/** @throws CliError when the word is no MAC address. */
function phoneOf({ phone }: DoctorOptions): string | undefined {
  if (phone === undefined) return undefined;
  const mac = tryParseMacAddress(phone);
  if (mac !== undefined) return mac;
  throw new CliError(
    exitCodes.usage,
    `--phone: expected a MAC address of 12 hex digits, in any usual form, found ${phone}`,
  );
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page, { mode: 0o640 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.failed, `--html: cannot write ${file}: ${why}`);
  }
}

interface DoctorResult extends Seen {
  readonly untestable: readonly Untestable[];
  readonly looks: number;
  readonly evidence: readonly FindingEvidence[];
  /** With --phone: what the verdict would hide. */
  readonly about: readonly string[];
}

function printDoctor(context: CliContext, result: DoctorResult): void {
  for (const line of printFindings(context.style, result.findings, context.width)) context.out(line);
  for (const line of silenceLines(context.style, result.silent).flatMap((each) =>
    fitLine(each, context.width),
  ))
    context.out(line);
  for (const line of evidenceLines(result.evidence)) context.out(line);
  const looked = `${counted(result.looks, "look")}, ${counted(result.observations.length, "observation")}`;
  // Of a phone alone "nothing wrong" would be heard as of everything.
  const words =
    result.about.length > 0 && result.findings.length === 0
      ? "Nothing wrong found with this phone"
      : colouredVerdict(context.style, result);
  context.out(`${words} (${looked}).`);
  for (const line of result.about) context.out(line);
  for (const line of nextSteps(result.untestable, result.observations))
    context.out(context.style.faint(line));
}

/** "Nothing wrong" of one phone is not said of the rest, nor of a phone that nobody saw. */
function phoneLines(phone: string, all: readonly Finding[], { findings, observations }: Seen): string[] {
  const saw = observations.some((each) => each.subject === `phone:${phone}` || each.value === phone);
  const elsewhere = all.filter((each) => each.severity !== "info" && !findings.includes(each)).length;
  return [
    ...(saw ? [] : [`No look saw phone ${phone}: name its switch (--switch), or a site file (--site).`]),
    ...(elsewhere === 0
      ? []
      : [`${counted(elsewhere, "problem")} not known to concern this phone: see all without --phone.`]),
  ];
}

/** Rules that could not be tested name what to look at next; the ones that many rules miss come first. */
function nextSteps(untestable: readonly Untestable[], observations: readonly Observation[]): string[] {
  // What was seen elsewhere was looked at: a port without PoE lacks its state and no look would find one.
  const looked = new Set(observations.map((each) => each.key));
  const byKey = new Map<ObservationKey, Set<string>>();
  for (const each of untestable) {
    for (const key of each.missing.filter((missing) => !looked.has(missing)))
      byKey.set(key, (byKey.get(key) ?? new Set()).add(each.rule));
  }
  const steps = [...byKey].toSorted((a, b) => b[1].size - a[1].size).slice(0, 3);
  return steps.map(
    ([key, rules]) =>
      `Not looked at: ${observationKeys[key].about} (${key}), for rule ${[...rules].join(", ")}.`,
  );
}
