// An agent that seals as fast as it can: in a test's own process, or as a child that is killed
// (`report-agent.ts STATE PORT PIN TOKEN` prints each number that is safe on the disk).
import { writeSync } from "node:fs";
import { Type } from "typebox";
import { systemClock } from "../../agent/io/clock.ts";
import type { AgentIo } from "../../agent/io/io.ts";
import type { Log } from "../../agent/io/log.ts";
import { startAgent, type AgentTimes, type RunningAgent } from "../../agent/main.ts";
import type { AgentProbe } from "../../agent/schedule/plans.ts";
import { Secret } from "../../protocol/secret.ts";

const nothing: AgentProbe = {
  name: "nothing",
  verb: "nothing",
  about: "",
  target: "",
  example: "",
  settings: Type.Object({}),
  run: async () => [],
};

const site = {
  version: 0,
  site: "lobby",
  name: "",
  probes: [{ id: "a", probe: "nothing", target: "", schedule: "0 0 1 1 *", settings: {} }],
  thresholds: {},
  sealEvery: 3600,
};

export const fastTimes: AgentTimes = {
  stateEvery: 500,
  stateGap: 50,
  batchGap: 0,
  reconnectSpread: 20,
  backOffStart: 10,
  backOffEnd: 100,
  refusedPause: 3_600_000,
  startSpread: 0,
  runLimit: 10_000,
};

export function startReportAgent(
  where: { state: string; port: number; pin: string; token: Secret },
  onSealed: (seq: number, kept: string) => void = () => {},
): Promise<RunningAgent> {
  const log: Log = {
    info: (fields) => {
      if (fields.event === "sealed") onSealed(Number(fields.seq), String(fields.kept));
    },
    warn: () => {},
    error: (fields) => console.error(fields),
  };
  return startAgent({
    config: {
      name: "edge",
      state: where.state,
      server: { url: `https://127.0.0.1:${where.port}`, trust: { pins: [where.pin] } },
      enrolToken: where.token,
      site,
    },
    // Its one probe opens nothing.
    io: { clock: systemClock } as unknown as AgentIo,
    probes: [nothing],
    diagnose: () => [],
    log,
    times: fastTimes,
  });
}

if (process.argv[1] === import.meta.filename) {
  const [state = "", port = "", pin = "", token = ""] = process.argv.slice(2);
  const agent = await startReportAgent(
    { state, port: Number(port), pin, token: new Secret(token) },
    (seq, kept) => writeSync(1, `${seq} ${kept}\n`),
  );
  for (;;) {
    await agent.sealNow();
    // Deliveries get their turn too.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
