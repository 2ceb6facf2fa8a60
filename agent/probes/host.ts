import { Type, type Static } from "typebox";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation, ObservedValue } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { FileMode, HostFacts } from "../io/host/host.ts";
import type { AgentIo } from "../io/io.ts";
import { receiveBufferFor } from "../io/host/receive-buffer.ts";
import { askClock } from "./host/ask-clock.ts";
import { observeRights } from "./host/observe-rights.ts";
import { showHost } from "./host/show-host.ts";
import { timePacing } from "./host/time-pacing.ts";

const HostSettings = Type.Object(
  {
    files: Type.Array(Type.String({ maxLength: 400 }), {
      maxItems: 200,
      default: [
        "/etc/asterisk/pjsip.conf",
        "/etc/asterisk/sip.conf",
        "/etc/asterisk/manager.conf",
        "/etc/kamailio/kamailio.cfg",
        "/etc/freeswitch/vars.xml",
        "/etc/offhook/server.toml",
        "/etc/offhook/agent.toml",
      ],
      description: "config files whose mode must not be wider than 640",
    }),
    ntp: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "time server to compare this clock with, HOST or HOST:PORT",
      }),
    ),
    timeout: Type.Number({
      minimum: 0.1,
      maximum: 60,
      default: 2,
      description: "seconds to wait for the time server",
    }),
  },
  { additionalProperties: false },
);
type HostSettings = Static<typeof HostSettings>;

/** Looks at the machine the agent runs on: kernel, OpenSSL, UDP buffers, clock, timers, rights, load, modes of config files. */
export const host: Probe<typeof HostSettings, AgentIo> = {
  name: "host",
  verb: "host",
  about:
    "look at this machine: kernel, OpenSSL, UDP buffers, clock, timers, rights, load, modes of config files",
  target: "[NAME]",
  example: "offhook diag host --ntp pool.ntp.org",
  settings: HostSettings,
  async run(name, settings, io, signal) {
    const facts = await io.readHost({ files: settings.files, clock: io.clock }, signal);
    const observe = observerOf("host", `host:${name === "" ? facts.hostname : name}`, io.clock.now());
    return [
      ...observationsOf(facts, observe),
      ...(await observeRights(observe)),
      ...(await bufferOf(observe)),
      // After the look at the load, which it would be a part of.
      ...(await timersOf(io, signal, observe)),
      ...(await clockOf(settings, io, signal, observe)),
    ];
  },
  show: showHost,
};

function sysctlNumber(facts: HostFacts, name: string): number | undefined {
  const text = facts.sysctl.get(name);
  return text === undefined ? undefined : Number(text);
}

const round = (value: number | undefined, digits: number) =>
  value === undefined ? undefined : Number(value.toFixed(digits));

/** What the machine cannot say makes no observation. */
function observationsOf(facts: HostFacts, observe: Observe): Observation[] {
  const said: readonly (readonly [ObservationKey, ObservedValue | undefined])[] = [
    ["host.os", facts.os],
    ["host.kernel", facts.kernel],
    ["host.openssl", facts.openssl],
    ["host.openssl.system", facts.systemOpenssl],
    ["host.sysctl.rmem_max", sysctlNumber(facts, "net.core.rmem_max")],
    ["host.sysctl.wmem_max", sysctlNumber(facts, "net.core.wmem_max")],
    ["host.sysctl.udp_mem", facts.sysctl.get("net.ipv4.udp_mem")],
    ["host.udp.rcvbufErrors", facts.rcvbufErrors],
    ["host.load", round(facts.loadPerCore, 2)],
    ["host.cpu", round(facts.cpu, 1)],
    ["host.memory.free", facts.memoryAvailable],
    ["host.loopDelay", round(facts.loopDelay, 1)],
    ["clock.source", facts.clockSource],
    ["host.fileMode", facts.files.filter(tooWide).map(printFile)],
  ];
  return said.flatMap(([key, value]) => (value === undefined ? [] : [observe(key, value)]));
}

/** 640 or tighter: nobody else may read, and the group may not write. */
const tooWide = (file: FileMode) => (file.mode & 0o137) !== 0;
const printFile = (file: FileMode) => `${file.mode.toString(8)} ${file.uid}:${file.gid} ${file.path}`;

const wantedBuffer = 4 * 1024 * 1024;

async function bufferOf(observe: Observe): Promise<Observation[]> {
  try {
    const granted = await receiveBufferFor(wantedBuffer);
    return [observe("host.rcvbuf", granted, { evidence: `asked for ${wantedBuffer} bytes` })];
  } catch {
    return [];
  }
}

async function timersOf(io: AgentIo, signal: AbortSignal, observe: Observe): Promise<Observation[]> {
  io.say("pacing packets for a second, to see how exact this machine's timers are");
  const late = await timePacing(io, signal);
  return late === undefined ? [] : [observe("host.timer.late", Number(late.toFixed(2)))];
}

async function clockOf(
  settings: HostSettings,
  io: AgentIo,
  signal: AbortSignal,
  observe: Observe,
): Promise<Observation[]> {
  if (settings.ntp === undefined) return [];
  const asked = await askClock(settings.ntp, settings.timeout * 1000, io, signal);
  if (asked.ok) return [observe("clock.offset", Math.round(asked.offset), { evidence: asked.evidence })];
  return [observe("clock.offset", null, { outcome: asked.outcome, evidence: asked.evidence })];
}
