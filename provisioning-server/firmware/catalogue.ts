import { rm } from "node:fs/promises";
import { join } from "node:path";
import { closestWord } from "../inventory/closest-word.ts";
import { done, refused, type Flaw, type Verb } from "../inventory/flaw.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { FirmwareImages } from "../store/firmware-images.ts";
import { guessImage } from "./guess-image.ts";
import { imageFolder } from "./image-files.ts";
import { imageId, type FirmwareImage } from "./image.ts";
import { nameOfImage, takeFile } from "./import-image.ts";
import { namedBy } from "./named-by.ts";

/** What a person says of an image; what is left out is told by its name, where the profiles know how. */
export interface ImageDraft {
  readonly file: string;
  readonly name?: string;
  readonly vendor?: string;
  readonly models?: readonly string[];
  readonly version?: string;
  readonly hardware?: string;
  readonly sha256?: string;
  /** A further file of a version that the image names: of no model. */
  readonly part?: boolean;
  readonly who: string;
}

/** The verbs about images, over the data folder. */
export class Catalogue {
  readonly #inventory: Inventory;
  readonly #data: string;

  constructor(inventory: Inventory, data: string) {
    this.#inventory = inventory;
    this.#data = data;
  }

  list(): Promise<FirmwareImage[]> {
    return new FirmwareImages(this.#inventory.store).list();
  }

  /** By the beginning of its checksum, or by its file name where one alone has it. */
  async find(word: string): Promise<Verb<FirmwareImage>> {
    const all = await this.list();
    const lower = word.toLowerCase();
    const isSum = /^[0-9a-f]{6,64}$/.test(lower);
    const found = all.filter(({ name, sha256 }) => name === word || (isSum && sha256.startsWith(lower)));
    const [only] = found;
    if (found.length === 1 && only !== undefined) return done(only);
    return refused({
      kind: "unknown",
      place: "image",
      expected: "the name of one image, or the beginning of its checksum",
      found:
        found.length === 0 ? `${word}, which no image has` : `${word}, which ${found.length} images have`,
      remedy: "`offhook firmware list` names them.",
    });
  }

  /** Copies the file into the data folder, checks it and enters it; the same image again is no other one. */
  async add(
    draft: ImageDraft,
    onProgress: (octets: number) => void = () => undefined,
  ): Promise<Verb<FirmwareImage>> {
    const name = nameOfImage(draft.file, draft.name);
    if (!name.ok) return name;
    const about = describe({ ...draft, name: name.value }, await this.#inventory.profiles());
    if (!about.ok) return about;
    const taken = await takeFile(this.#data, draft.file, draft.sha256, onProgress);
    if (!taken.ok) return taken;
    const image: FirmwareImage = {
      ...about.value,
      ...taken.value,
      addedAt: this.#inventory.store.now(),
      addedBy: draft.who,
    };
    const known = (await this.list()).find((other) => isSamePlace(other, image));
    if (known !== undefined && known.sha256 !== image.sha256)
      return refused({
        kind: "taken",
        place: "image",
        expected: `the octets of ${known.name} ${known.version} that are here (${imageId(known)})`,
        found: imageId(image),
        remedy: "One of them has another version, or is broken: remove the old one first.",
      });
    await new FirmwareImages(this.#inventory.store).put(image);
    return done(image);
  }

  /** Refused while a roll-out or a setting names its version. */
  async remove(word: string): Promise<Verb<FirmwareImage>> {
    const found = await this.find(word);
    if (!found.ok) return found;
    const image = found.value;
    const names = await namedBy(this.#inventory, image);
    if (names.length > 0)
      return refused({
        place: "image",
        expected: "an image that nothing names",
        found: `${image.name} ${image.version}, named by ${names.slice(0, 5).join(", ")}${names.length > 5 ? " …" : ""}`,
        remedy: "Take `firmware.version` out there, or abort the roll-out, first.",
      });
    const { shared } = await new FirmwareImages(this.#inventory.store).remove(image);
    if (!shared) await rm(join(imageFolder(this.#data), image.sha256), { force: true });
    return done(image);
  }
}

function isSamePlace(a: FirmwareImage, b: FirmwareImage): boolean {
  return a.vendor === b.vendor && a.version === b.version && a.hardware === b.hardware && a.name === b.name;
}

type Described = Pick<FirmwareImage, "vendor" | "version" | "hardware" | "name" | "models">;

function describe(draft: ImageDraft & { readonly name: string }, profiles: Profiles): Verb<Described> {
  const guess = guessImage(draft.name, profiles, draft.vendor);
  const vendor = draft.vendor ?? guess.vendor;
  const version = draft.version ?? guess.version;
  const models = draft.part === true ? [] : (draft.models ?? guess.models);
  const flaws: Flaw[] = [];
  const untold = { found: `nothing that the name ${draft.name} tells` };
  if (vendor === undefined)
    flaws.push({ place: "vendor", expected: "a vendor of `offhook profile list`", ...untold });
  else if (!profiles.families.some((family) => family.vendor.vendor === vendor))
    flaws.push(unknownVendor(vendor, profiles));
  if (version === undefined || !/^[A-Za-z0-9][A-Za-z0-9._()-]{0,39}$/.test(version))
    flaws.push({
      place: "version",
      expected: "a version such as 96.87.0.15, as the phone says it",
      ...(version === undefined ? untold : { found: version }),
    });
  if (models.length === 0 && draft.part !== true)
    flaws.push({ place: "model", expected: "models the image is for", ...untold });
  const spelled = vendor === undefined ? [] : models.map((model) => spell(model, vendor, profiles, flaws));
  if (vendor === undefined || version === undefined || flaws.length > 0) return refused(...flaws);
  const { hardware = "", name } = draft;
  return done({ vendor, version, hardware, name, models: [...new Set(spelled)].toSorted() });
}

function spell(model: string, vendor: string, profiles: Profiles, flaws: Flaw[]): string {
  const found = findModel(profiles, vendor, model);
  if (found === undefined)
    flaws.push({ place: "model", expected: `a model of ${vendor} that the profiles have`, found: model });
  return found?.about.model ?? model;
}

function unknownVendor(vendor: string, profiles: Profiles): Flaw {
  const near = closestWord(vendor, [...new Set(profiles.families.map((family) => family.vendor.vendor))]);
  return {
    place: "vendor",
    expected: "a vendor of `offhook profile list`",
    found: vendor,
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
  };
}
