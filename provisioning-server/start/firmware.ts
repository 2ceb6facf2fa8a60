import { ImageFiles } from "../firmware/image-files.ts";
import { SendQueue } from "../firmware/send-queue.ts";
import type { Rollout } from "../firmware/rollout.ts";
import { type PhoneOrders, runRollouts } from "../firmware/run-rollouts.ts";
import { Shelf } from "../firmware/shelf.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { Resyncs } from "../resync/resyncs.ts";
import { Rollouts } from "../store/rollouts.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import { FirmwareImages } from "../store/firmware-images.ts";
import type { ServerParts } from "./parts.ts";

/** How often the catalogue is looked at: `offhook firmware add` works beside the server, ms. */
const lookEvery = 2000;

/** Opens images for the doors, and counts. */
export function serverImages({
  config,
  log,
  registry,
  metrics,
}: Pick<ServerParts, "config" | "log" | "registry" | "metrics">): ImageFiles {
  const queue = new SendQueue();
  registry.onCollect(() => {
    metrics.firmwareActive.set(queue.active);
    metrics.firmwareWaiting.set(queue.waiting);
  });
  return new ImageFiles({
    data: config.data,
    queue,
    onInvalid: ({ name, sha256 }) => {
      metrics.firmwareRequests.add({ result: "invalid" });
      log.error({ event: "firmware", name, sha256 }, "an image's octets are not those that were imported");
    },
    onSend: (result) => metrics.firmwareRequests.add({ result }),
  });
}

/** Keeps the doors' catalogue as the store has it; all images are checked once, now. */
export function watchFirmware(parts: ServerParts, directory: StoreDirectory): StoreDirectory {
  const { inventory, images, metrics, closing, crash } = parts;
  const { firmware: shelf } = directory.context;
  if (!(shelf instanceof Shelf)) return directory;
  const tell = (): void => metrics.firmwareBytes.set(shelf.images.reduce((sum, { size }) => sum + size, 0));
  tell();
  closing.every(lookEvery, async () => {
    shelf.replace(await new FirmwareImages(inventory.store).list());
    tell();
  });
  const check = async (): Promise<void> => {
    for (const image of shelf.images) await images.check(image);
  };
  check().catch(crash);
  return directory;
}

/** Between two looks at the roll-outs, ms. */
const stepEvery = 30_000;

/** Carries roll-outs out, and asks phones to fetch their config where they can be asked. */
export function watchRollouts({ inventory, registry, metrics, log, closing }: ServerParts): void {
  registry.onCollect(async () => {
    const open = await openRollouts(inventory);
    metrics.firmwareRollouts.replace(countsOf(open.map(({ state }) => ({ state }))));
    metrics.firmwareRolloutPhones.replace(
      countsOf(open.flatMap((rollout) => rollout.phones.map(({ stage }) => ({ stage })))),
    );
  });
  closing.every(stepEvery, async () => {
    for (const own of await inventory.ofAll())
      await runRollouts(own, {
        orders: resyncOrders,
        onStep: ({ id }, step) => {
          metrics.firmwareOrders.add({}, step.orders.length);
          const { state, words } = step.state;
          if (step.reasons.length > 0) log.info({ event: "rollout", id, state, words }, "a roll-out went on");
        },
      });
  });
}

/** Phones that cannot be asked take their order at their next look. */
const resyncOrders: PhoneOrders = {
  async order(inventory, macs, reason) {
    await new Resyncs(inventory).order({ macs, who: "roll-out", reason });
  },
};

async function openRollouts(inventory: Inventory): Promise<Rollout[]> {
  const all = await inventory.ofAll();
  return (await Promise.all(all.map(({ store, tenant }) => new Rollouts(store, tenant).open()))).flat();
}

function countsOf(labels: readonly Record<string, string>[]): [Record<string, string>, number][] {
  const groups = Map.groupBy(labels, (label) => JSON.stringify(label));
  return [...groups.values()].map((same) => [same[0] ?? {}, same.length]);
}
