import type { ProfileSubscription } from "../../protocol/sip/ua-profile.ts";
import { pnpAddress } from "../answer/pnp-address.ts";
import { PnpDoor } from "../doors/pnp-door.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import { serverVersion } from "../server-version.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { ListedNetworks } from "./listed-networks.ts";
import type { ServerParts } from "./parts.ts";

/** Opens the door of SIP PnP where the settings want it; its port. */
export async function openPnp(
  parts: ServerParts,
  directory: Promise<StoreDirectory>,
  listed: ListedNetworks,
): Promise<number | undefined> {
  const { config, guard, log, crash, closing } = parts;
  const { enabled, host, port, card, rivals } = config.pnp;
  if (!enabled) return undefined;
  const door = new PnpDoor({
    addressFor: (asked, source) => addressFor(parts, directory, asked, source),
    listed: (address) => listed.has(address) && !guard.shutsOut(address, "pnp"),
    onRival: ({ address, url }) =>
      log.warn(
        { event: "pnp-rival", ip: address, url },
        "another server answers phones that ask by multicast: which one a phone takes is a matter of luck",
      ),
    crash,
    userAgent: `Offhook/${serverVersion()}`,
  });
  closing.pushDoor(() => door.close());
  const opened = await door.listen({ host, port, ...(card === undefined ? {} : { card }) });
  if (rivals > 0) closing.every(rivals * 1000, async () => door.lookForRivals());
  return opened;
}

/** The phone's address, and a line in its trace. */
async function addressFor(
  { inventory, log }: ServerParts,
  directory: Promise<StoreDirectory>,
  asked: ProfileSubscription,
  source: string,
): Promise<string | undefined> {
  const at = Date.now();
  const whole = await directory;
  const answer = await pnpAddress(asked, { address: source, at }, whole);
  const { mac, vendor, model, firmware } = asked;
  log.info(
    { event: "pnp", told: answer.ok, vendor, model, firmware, mac, ip: source },
    answer.ok ? "told" : answer.why,
  );
  if (!answer.ok) return undefined;
  const site = await whole.site(answer.device.site, answer.device);
  const words = `Asked by multicast (SIP PnP) from ${source}, and was told where to fetch its config.`;
  const tenant = site?.tenant;
  if (tenant !== undefined)
    await new PhoneEvents(inventory.store).add(tenant, answer.device.mac, {
      id: uuidV7(at),
      at,
      kind: "pnp",
      words,
    });
  return answer.url;
}
