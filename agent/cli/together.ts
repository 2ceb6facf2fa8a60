import { join } from "node:path";
import { diagnose } from "../../diagnosis/diagnose.ts";
import type { ServerConfig } from "../../provisioning-server/main.ts";
import type { RunningServer } from "../../provisioning-server/main.ts";
import type { Log } from "../io/log.ts";
import { systemIo } from "../io/system-io.ts";
import { startAgent, type AgentTimes, type RunningAgent } from "../main.ts";
import { probes } from "../probes/list.ts";
import { switches } from "../probes/switches.ts";

export interface TogetherOptions {
  readonly config: ServerConfig;
  /** The site the agent of this process watches; it must be there when the agent starts. */
  readonly site: string;
  readonly log: Log;
  readonly times?: Partial<AgentTimes>;
}

/** Server and agent in one process; they still meet only over HTTPS. */
export interface Together {
  readonly server: RunningServer;
  /** Starts the agent, enrolled at the server, after the site's document is in place. */
  startAgent(): Promise<RunningAgent>;
  close(): Promise<void>;
}

/** @throws what startServer throws */
export async function startTogether(options: TogetherOptions): Promise<Together> {
  const { startServer } = await import("../../provisioning-server/main.ts");
  const server = await startServer(options.config);
  let agent: RunningAgent | undefined;
  return {
    server,
    async startAgent() {
      const { token } = await server.agents.createEnrolToken({ tenant: "default", site: options.site });
      agent = await startAgent({
        config: {
          name: "local",
          state: join(options.config.data, "agent"),
          // The agent of this very process trusts the server's key, whatever name it is reached by.
          server: { url: `https://127.0.0.1:${server.staffPort}`, trust: { pins: [server.spkiPin] } },
          enrolToken: token,
        },
        io: systemIo(),
        probes,
        diagnose,
        switches,
        log: options.log,
        ...(options.times === undefined ? {} : { times: options.times }),
      });
      return agent;
    },
    async close() {
      await agent?.stop();
      await server.close();
    },
  };
}
