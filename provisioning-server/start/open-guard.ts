import { tellAbuse } from "../claims/abuse-line.ts";
import { Guard } from "../claims/guard.ts";
import { Networks } from "../inventory/network.ts";
import { BanBook } from "../store/ban-book.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import { UnknownSeen } from "../store/unknown-seen.ts";
import type { ServerParts } from "./parts.ts";

const day = 86_400_000;

/** The guard in front of the answers, with what the store remembers: where phones were let in from, and who is shut out. */
export async function openGuard({
  config,
  inventory,
  log,
  metrics,
  closing,
  crash,
}: Omit<ServerParts, "guard">): Promise<Guard> {
  const { store } = inventory;
  const bans = new BanBook(store);
  const never = new Networks(config.abuse.ignore);
  const guard = new Guard({
    now: Date.now,
    ban: config.abuse.ban,
    ignored: (address) => never.has(address),
    tell: ({ kind, ip, ...more }) => {
      tellAbuse(log, kind, ip, more);
      // Wrong credentials are counted with their answer; these have none of their own.
      if (more.door !== undefined && (kind === "enumeration" || kind === "malformed"))
        metrics.refusals.add({ door: more.door, kind });
    },
    onBan: (ban) => {
      log.warn({ event: "ban", kind: ban.kind, source: ban.source, until: ban.until }, "shut out");
      bans.put(ban).catch(crash);
    },
    onSlow: () => metrics.rateLimited.add({ scope: "tarpit" }),
    onBanned: (door) => metrics.refusals.add({ door, kind: "banned" }),
  });
  for (const { mac, address, at } of await new DeviceSeen(store).claimedSince(Date.now() - 30 * day, 100_000))
    guard.remember(address, mac, at);
  const refresh = async (): Promise<void> => guard.putBans(await bans.list());
  await refresh();
  closing.every(5000, refresh);
  closing.every(3_600_000, async () => {
    await new UnknownSeen(store).prune(Date.now() - 90 * day);
    await new PhoneEvents(store).prune(Date.now() - 90 * day);
  });
  return guard;
}
