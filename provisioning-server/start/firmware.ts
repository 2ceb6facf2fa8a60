import { ImageFiles } from "../firmware/image-files.ts";
import { SendQueue } from "../firmware/send-queue.ts";
import { Shelf } from "../firmware/shelf.ts";
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
}: Pick<ServerParts, "config" | "log" | "registry">): ImageFiles {
  const queue = new SendQueue();
  const requests = registry.counter("offhook_firmware_requests_total", "Images asked for.", ["result"]);
  const active = registry.gauge("offhook_firmware_transfers_active", "Images on their way out.");
  const waiting = registry.gauge("offhook_firmware_transfers_waiting", "Phones that wait for an image.");
  registry.onCollect(() => {
    active.set(queue.active);
    waiting.set(queue.waiting);
  });
  return new ImageFiles({
    data: config.data,
    queue,
    onInvalid: ({ name, sha256 }) => {
      requests.add({ result: "invalid" });
      log.error({ event: "firmware", name, sha256 }, "an image's octets are not those that were imported");
    },
    onSend: (result) => requests.add({ result }),
  });
}

/** Keeps the doors' catalogue as the store has it; all images are checked once, now. */
export function watchFirmware(parts: ServerParts, directory: StoreDirectory): StoreDirectory {
  const { inventory, images, registry, closing, crash } = parts;
  const { firmware: shelf } = directory.context;
  if (!(shelf instanceof Shelf)) return directory;
  const bytes = registry.gauge("offhook_firmware_image_bytes", "Octets of the images of the catalogue.");
  const tell = (): void => bytes.set(shelf.images.reduce((sum, { size }) => sum + size, 0));
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
