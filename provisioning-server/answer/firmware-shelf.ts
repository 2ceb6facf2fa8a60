import type { FileSource } from "../../protocol/answer.ts";
import type { ModelProfile } from "../profiles/profiles.ts";

/** An image as phones get it. */
export interface ShelfImage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly size: number;
}

/** What a phone that should run a version is told: the next image on the way there, or nothing for a reason. */
export type NextFirmware =
  | { readonly kind: "image"; readonly version: string; readonly url: string }
  | { readonly kind: "held"; readonly reason: string };

/** Which version for which phone. */
export interface FirmwareWish {
  readonly model: ModelProfile;
  /** `firmware.version` as it holds for the phone. */
  readonly version: string;
  /** What it runs, where it says so. */
  readonly from?: string;
}

/** The catalogue of images, as far as answering needs it. The same result is the same object while the catalogue is. */
export interface FirmwareShelf {
  /** Undefined where the catalogue has no image of that version for that model: people may set its address by hand. */
  next(wish: FirmwareWish): NextFirmware | undefined;
  /** By the last two segments of an address that {@link next} gave. */
  at(key: string, name: string): ShelfImage | undefined;
  /** By the bare name some phones ask for beside their config: the image of the version that is wanted. */
  named(wish: FirmwareWish, name: string): ShelfImage | undefined;
  /** By a bare name that tells the version itself: who asks for it means this image and no other. */
  telling(name: string): ShelfImage | undefined;
}

/** Opens images. */
export interface FirmwareFiles {
  /** Undefined where its octets are not those that were imported. `queue`: the site whose phones wait for each other. */
  source(image: ShelfImage, queue: string): Promise<FileSource | undefined>;
}
