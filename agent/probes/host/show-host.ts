import { measuredText } from "../../../protocol/measured-text.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { Shown } from "../sip-agent/shown.ts";
import { fewOf, sheet, type SheetRow } from "./sheet.ts";

/** This machine at a glance: system, timers, network buffers, rights, clock. */
export function showHost(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const subject = observations[0]?.subject.replace(/^host:/, "") ?? "?";
  return sheet(observations, subject, [
    { title: "System", rows: systemRows(shown) },
    { title: "Timers", rows: timerRows(shown) },
    { title: "Network buffers", rows: bufferRows(shown) },
    { title: "Rights", rows: rightsRows(shown) },
    { title: "Clock", rows: clockRows(shown) },
  ]);
}

/** `9 ms`, or nothing where it was not seen. */
function sized(shown: Shown, key: ObservationKey): string | undefined {
  const [value, unit] = [shown.number(key), shown.find(key)?.unit];
  return value === undefined ? undefined : measuredText(value, unit);
}

/** What was seen, in a row; nothing where none of it was. */
function together(...parts: readonly (string | false | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined && part !== false);
  return said.length === 0 ? undefined : said.join(", ");
}

function systemRows(shown: Shown): SheetRow[] {
  const [own, system] = [shown.text("host.openssl"), shown.text("host.openssl.system")];
  const [load, cpu, free] = [
    shown.text("host.load"),
    sized(shown, "host.cpu"),
    sized(shown, "host.memory.free"),
  ];
  return [
    { label: "distribution", keys: ["host.os.family"], text: shown.text("host.os") },
    { label: "kernel", keys: ["host.kernel"], text: shown.text("host.kernel") },
    {
      label: "OpenSSL",
      keys: ["host.openssl", "host.openssl.system"],
      text: together(own && `${own} in this program`, system && `${system} in the system`),
    },
    {
      label: "load",
      keys: ["host.load", "host.cpu", "host.memory.free"],
      text: together(load && `${load} a core`, cpu && `processor ${cpu}`, free && `${free} of memory free`),
    },
  ];
}

function timerRows(shown: Shown): SheetRow[] {
  const [late, loop] = [sized(shown, "host.timer.late"), sized(shown, "host.loopDelay")];
  return [
    {
      label: "paced packets",
      keys: ["host.timer.late"],
      text: late && `99 of 100 leave less than ${late} late`,
    },
    { label: "clock source", keys: ["clock.source"], text: shown.text("clock.source") },
    {
      label: "this program",
      keys: ["host.loopDelay"],
      text: loop && `waits up to ${loop} for its turn (99 of 100)`,
    },
  ];
}

function bufferRows(shown: Shown): SheetRow[] {
  const [receive, send] = [sized(shown, "host.sysctl.rmem_max"), sized(shown, "host.sysctl.wmem_max")];
  const pages = shown.text("host.sysctl.udp_mem");
  const lost = shown.number("host.udp.rcvbufErrors");
  return [
    {
      label: "most per socket",
      keys: ["host.sysctl.rmem_max", "host.sysctl.wmem_max"],
      text: together(receive && `receiving ${receive}`, send && `sending ${send}`),
    },
    { label: "a socket gets", keys: ["host.rcvbuf"], text: sized(shown, "host.rcvbuf") },
    { label: "UDP in all", keys: ["host.sysctl.udp_mem"], text: pages && `${pages} pages` },
    {
      label: "full buffers",
      keys: ["host.udp.rcvbufErrors"],
      text:
        lost === undefined
          ? undefined
          : lost === 0
            ? "nothing lost during the look"
            : `${lost} datagrams lost during the look`,
    },
  ];
}

function rightsRows(shown: Shown): SheetRow[] {
  const user = shown.text("host.user");
  const groups = shown.list("host.groups").filter((group) => group !== user);
  const missing = shown.find("host.rights.missing") && shown.list("host.rights.missing");
  const able = shown.find("host.capabilities") && shown.list("host.capabilities");
  const wide = shown.find("host.fileMode") && shown.list("host.fileMode");
  return [
    {
      label: "user",
      keys: ["host.user"],
      text: together(user, groups.length > 0 && `groups ${fewOf(groups)}`),
    },
    {
      label: "SIP service",
      keys: ["host.rights.missing"],
      text:
        missing &&
        (missing.length === 0 ? "nothing is missing to look into it" : `missing: ${fewOf(missing)}`),
    },
    {
      label: "capabilities",
      keys: ["host.capabilities"],
      text: able && (able.length === 0 ? "none: no capture, no port below 1024" : fewOf(able)),
    },
    {
      label: "config files",
      keys: ["host.fileMode"],
      text: wide && (wide.length === 0 ? "none wider than 640" : `wider than 640: ${fewOf(wide)}`),
    },
  ];
}

function clockRows(shown: Shown): SheetRow[] {
  const offset = shown.find("clock.offset");
  const keys: readonly ObservationKey[] = ["clock.offset"];
  if (offset === undefined) return [{ label: "time server", keys, text: "not asked (--ntp HOST)" }];
  const { outcome, evidence = "" } = offset;
  const by = sized(shown, "clock.offset");
  const text = by === undefined ? `${outcome}: ${evidence}` : `${by} off (${evidence})`;
  return [{ label: "time server", keys, text }];
}
