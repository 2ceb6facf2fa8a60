import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FileSource, OpenedFile } from "../../protocol/answer.ts";
import type { FirmwareFiles, ShelfImage } from "../answer/firmware-shelf.ts";
import type { SendQueue } from "./send-queue.ts";

/** Where the octets of images lie in the data folder, each file under its SHA-256. */
export function imageFolder(data: string): string {
  return join(data, "firmware");
}

export interface ImageFilesOptions {
  readonly data: string;
  readonly queue: SendQueue;
  /** Told once for an image whose octets are gone or are others. */
  readonly onInvalid?: (image: ShelfImage) => void;
  readonly onSend?: (result: "sent" | "waited" | "turned-away") => void;
}

/** Opens images for the doors, each checked against its SHA-256 before its first octet leaves, and again when it changed. */
export class ImageFiles implements FirmwareFiles {
  readonly #options: ImageFilesOptions;
  readonly #checked = new Map<string, Promise<boolean>>();

  constructor(options: ImageFilesOptions) {
    this.#options = options;
  }

  async source(image: ShelfImage, queue: string): Promise<FileSource | undefined> {
    if (!(await this.check(image))) return undefined;
    return { size: image.size, open: (gone) => this.#open(image, queue, gone) };
  }

  /** Whether the file is there and is what was imported. */
  async check(image: ShelfImage): Promise<boolean> {
    const path = this.#pathOf(image);
    const about = await stat(path, { bigint: true }).catch(() => undefined);
    const mark = `${image.sha256} ${about?.ino} ${about?.size} ${about?.mtimeNs}`;
    const known = this.#checked.get(mark);
    if (known !== undefined) return known;
    const checking =
      about?.size === BigInt(image.size)
        ? sha256Of(path).then((sum) => sum === image.sha256)
        : Promise.resolve(false);
    const told = checking.then((good) => {
      if (!good) this.#options.onInvalid?.(image);
      return good;
    });
    this.#checked.set(mark, told);
    return told;
  }

  #pathOf({ sha256 }: ShelfImage): string {
    return join(imageFolder(this.#options.data), sha256);
  }

  async #open(image: ShelfImage, queue: string, gone: AbortSignal): Promise<OpenedFile | undefined> {
    const { queue: sends, onSend } = this.#options;
    const before = sends.waiting;
    const entering = sends.enter(queue, gone);
    if (sends.waiting > before) onSend?.("waited");
    const release = await entering;
    if (release === undefined) {
      if (!gone.aborted) onSend?.("turned-away");
      return undefined;
    }
    try {
      const file = await open(this.#pathOf(image), "r");
      onSend?.("sent");
      return openedFile(file, release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

function openedFile(file: FileHandle, release: () => void): OpenedFile {
  let reading = 0;
  let closed = false;
  const end = (): void => {
    if (!closed || reading > 0) return;
    // A file that was only read has nothing to lose.
    file.close().catch(() => undefined);
  };
  return {
    async read(offset, length) {
      reading += 1;
      try {
        const bytes = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        reading -= 1;
        end();
      }
    },
    close() {
      if (closed) return;
      closed = true;
      release();
      end();
    },
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
