import type { Device } from "../../protocol/device.ts";
import type { Site } from "../../protocol/site.ts";

/** Where an agent of the phone's site says its MAC is. */
export interface SeenPort {
  /** `sw1/7` */
  readonly port: string;
  /** When it looked, ms since 1970. */
  readonly at: number;
}

/** An agent looks each minute or so; what it saw longer ago says nothing of now. */
const freshFor = 900_000;

/**
 * Whether agents vouch that the phone is where it belongs: undefined when they do, else what is against it. A MAC can be
 * made up, a place on a switch is harder to have; so the request must also come from the site's own networks.
 */
export function againstLocation(
  site: Pick<Site, "location">,
  device: Pick<Device, "port">,
  seen: readonly SeenPort[],
  now: number,
): string | undefined {
  const fresh = seen.filter(({ at }) => now - at < freshFor);
  const [here] = fresh;
  if (here === undefined) return "no agent sees the phone on a switch port";
  if (fresh.length > 1)
    return `its MAC is on ${fresh.length} ports at once: ${fresh.map(({ port }) => port).join(", ")}`;
  if (device.port !== undefined && device.port !== here.port)
    return `it is on port ${here.port}, and belongs on ${device.port}`;
  if (device.port === undefined && site.location === "port")
    return `it is on port ${here.port}, and no port is planned for it`;
  return undefined;
}
