import type { Logger } from "pino";
import type { AbuseKind } from "./strangers.ts";

/**
 * The line that fail2ban reads (fail2ban/filter.d): level, time, event, kind, ip, in this order and before all else. The
 * address is the socket's; what a stranger wrote is in none of these.
 */
export function tellAbuse(
  log: Pick<Logger, "warn">,
  kind: AbuseKind,
  ip: string,
  more: { readonly door?: string; readonly mac?: string; readonly req?: string } = {},
): void {
  const { door, mac, req } = more;
  log.warn(
    {
      event: "abuse",
      kind,
      ip,
      ...(door === undefined ? {} : { door }),
      ...(mac === undefined ? {} : { mac }),
      ...(req === undefined ? {} : { req }),
    },
    "refused",
  );
}
