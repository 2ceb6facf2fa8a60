import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Certificates } from "./doors/certificates.ts";
import type { HttpsDoor } from "./doors/https-door.ts";

/** Long polls and live streams are open for minutes; a slow header still ends at 5 s (operations reference, section 1). */
const limits = {
  requestTimeout: 60_000,
  connectionTimeout: 75_000,
  keepAliveTimeout: 5000,
  bodyLimit: 1_048_576,
} as const;

/** The listener of staff and agents. */
export function buildStaffListener(certificates: Certificates, log: Logger): HttpsDoor {
  return fastify({
    ...limits,
    https: {
      cert: certificates.cert,
      key: certificates.key,
      minVersion: "TLSv1.2",
      headersTimeout: 5000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    },
    loggerInstance: log satisfies FastifyBaseLogger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
}

/** The listener of metrics and health, for this machine alone. */
export function buildMetricsListener(log: Logger): FastifyInstance {
  return fastify({
    requestTimeout: 10_000,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
}
