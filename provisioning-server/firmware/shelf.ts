import { createHmac } from "node:crypto";
import { firmwareFolder } from "../answer/answer-firmware.ts";
import type { FirmwareShelf, FirmwareWish, NextFirmware, ShelfImage } from "../answer/firmware-shelf.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import { compareVersions } from "../profiles/version-range.ts";
import type { FirmwareImage } from "./image.ts";
import { beginsWithVersion, sameVersion, upgradePath } from "./upgrade-path.ts";

export interface ShelfOptions {
  /** Address of the HTTPS door, without a slash at the end. */
  readonly baseUrl: string;
  readonly serverKey: Uint8Array;
}

/** A version to find: the one that is wanted, exactly, or one on the way, which rules may name by its beginning. */
interface Wanted {
  readonly version: string;
  readonly isGoal: boolean;
}

/** The catalogue in memory. What it gives stays the same object until the catalogue is another. */
export class Shelf implements FirmwareShelf {
  readonly #options: ShelfOptions;
  #images: readonly FirmwareImage[];
  #mark: string;
  #addresses = new Map<string, FirmwareImage>();
  #next = new Map<string, NextFirmware>();

  constructor(options: ShelfOptions, images: readonly FirmwareImage[]) {
    this.#options = options;
    this.#images = [];
    this.#mark = "";
    this.replace(images);
  }

  /** Takes over what the store says now; the same catalogue changes nothing. */
  replace(images: readonly FirmwareImage[]): void {
    const mark = JSON.stringify(images);
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#images = images;
    this.#next = new Map();
    this.#addresses = new Map(
      images.map((image) => [`${folderKey(this.#options.serverKey, image)}/${image.name}`, image]),
    );
  }

  get images(): readonly FirmwareImage[] {
    return this.#images;
  }

  next({ model, version, from }: FirmwareWish): NextFirmware | undefined {
    const { family, about } = model;
    const key = `${family.id}\n${about.model}\n${version}\n${from ?? ""}`;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const made = this.#make({ model, version, ...(from === undefined ? {} : { from }) });
    if (this.#next.size > 10_000) this.#next.clear(); // agents can say any version
    if (made !== undefined) this.#next.set(key, made);
    return made;
  }

  at(key: string, name: string): ShelfImage | undefined {
    return this.#addresses.get(`${key}/${name}`);
  }

  named(wish: FirmwareWish, name: string): ShelfImage | undefined {
    const step = this.#step(wish);
    if (step.kind !== "version") return undefined;
    const lower = name.toLowerCase();
    return this.#ofVersion(wish.model, step).find((image) => image.name.toLowerCase() === lower);
  }

  telling(name: string): ShelfImage | undefined {
    if (!/\d[._-]\d/.test(name)) return undefined;
    const found = this.#images.filter((image) => image.name === name);
    return found.length === 1 ? found[0] : undefined;
  }

  /** The image of a version that a model is sent to. */
  imageOf(model: ModelProfile, version: string): FirmwareImage | undefined {
    return this.#mainOf(model, { version, isGoal: true });
  }

  /** The image for a step of an upgrade path: of that version, or the newest whose version begins so. */
  imageOfStep(model: ModelProfile, version: string): FirmwareImage | undefined {
    return this.#mainOf(model, { version, isGoal: false });
  }

  #mainOf(model: ModelProfile, wanted: Wanted): FirmwareImage | undefined {
    const all = this.#ofVersion(model, wanted).filter(({ models }) => models.includes(model.about.model));
    const { main = [] } = model.family.vendor.firmware;
    return all.find(({ name }) => main.some((ending) => name.toLowerCase().endsWith(ending))) ?? all[0];
  }

  #ofVersion(model: ModelProfile, { version, isGoal }: Wanted): FirmwareImage[] {
    const { vendor } = model.family.vendor;
    const ofModel = this.#images.filter(
      (image) =>
        image.vendor === vendor && (image.models.length === 0 || image.models.includes(model.about.model)),
    );
    const exact = ofModel.filter((image) => sameVersion(image.version, version));
    if (isGoal || exact.length > 0) return exact;
    const begun = ofModel.filter((image) => beginsWithVersion(image.version, version));
    const newest = begun.toSorted((a, b) => compareVersions(b.version, a.version))[0];
    return newest === undefined ? [] : begun.filter((image) => image.version === newest.version);
  }

  #step({
    model,
    version,
    from,
  }: FirmwareWish):
    | ({ readonly kind: "version" } & Wanted)
    | { readonly kind: "held"; readonly reason: string } {
    const path = upgradePath(model.family.vendor.firmware, {
      model: model.about.model,
      to: version,
      ...(from === undefined ? {} : { from }),
    });
    if (path.kind === "refused") return { kind: "held", reason: path.reason };
    const [first = version] = path.steps;
    return { kind: "version", version: first, isGoal: first === version };
  }

  #make(wish: FirmwareWish): NextFirmware | undefined {
    const { model, version } = wish;
    // Of a version that is not here, people may have set the address by hand.
    if (this.imageOf(model, version) === undefined) return undefined;
    const step = this.#step(wish);
    if (step.kind === "held") return step;
    const image = this.#mainOf(model, step);
    if (image === undefined)
      return {
        kind: "held",
        reason: `${version} is reached by ${step.version} from what the phone runs, and no image of that is here`,
      };
    return { kind: "image", version: image.version, url: this.#addressOf(model, image) };
  }

  #addressOf(model: ModelProfile, image: FirmwareImage): string {
    const { baseUrl, serverKey } = this.#options;
    const folder = `${baseUrl}/${firmwareFolder}/${folderKey(serverKey, image)}/`;
    const { address = "file" } = model.family.vendor.firmware;
    if (address === "name") return image.name;
    return address === "folder" ? folder : folder + encodeName(image.name);
  }
}

/** Files of one version lie in one folder, for some phones fetch the parts beside the file they were sent to. */
function folderKey(serverKey: Uint8Array, { vendor, version, hardware }: FirmwareImage): string {
  return createHmac("sha256", serverKey)
    .update(`offhook-firmware\n${vendor}\n${version}\n${hardware}`)
    .digest()
    .subarray(0, 12)
    .toString("base64url");
}

/** Yealink's names have parentheses and commas, which its phones want escaped. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /[()!'*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
