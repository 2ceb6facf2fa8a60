import type { Device } from "../../protocol/device.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import { findModel, type ModelProfile, type Profiles } from "../profiles/profiles.ts";
import type { RenderContext } from "./directory.ts";
import { renderPhonebook } from "./phonebook-file.ts";
import { phonebookName } from "./phonebook-name.ts";
import { nameOfFile, type RenderedFile, renderFile, type RenderOptions } from "./render-file.ts";

export interface PreviewOptions extends RenderOptions {
  readonly tenant?: PhoneSettings;
  readonly firmware?: string;
  /** The site's phonebook, which the phone gets as a file of its own. */
  readonly phonebook?: Phonebook;
}

/** Every file the phone would get, in the order it asks; empty where no profile has the device's model. */
export function previewFiles(
  profiles: Profiles,
  device: Device,
  site: Site | undefined,
  context: RenderContext,
  options: PreviewOptions = {},
): RenderedFile[] {
  const model = findModel(profiles, device.vendor, device.model);
  if (model === undefined) return [];
  const { tenant, firmware, phonebook, ...rest } = options;
  const files = model.family.vendor.files
    .filter((file) => file.carries !== undefined && nameOfFile(model, file, device) !== undefined)
    .map((file) =>
      renderFile(
        {
          model,
          file,
          context,
          device,
          ...(site === undefined ? {} : { site }),
          ...(tenant === undefined ? {} : { tenant }),
          ...(firmware === undefined ? {} : { firmware }),
          ...(phonebook === undefined ? {} : { phonebook: phonebook.name }),
        },
        rest,
      ),
    );
  const book =
    phonebook === undefined || options.extent === "bootstrap"
      ? undefined
      : renderPhonebook(model.family, phonebook, phonebookFileName(model, device));
  return book === undefined ? files : [...files, book];
}

/** Phones that ask for a directory by a name of their own get it there. */
function phonebookFileName(model: ModelProfile, device: Device): string {
  const own = model.family.vendor.files.find(
    (file) => file.kind === "directory" && file.carries === undefined,
  );
  return (own === undefined ? undefined : nameOfFile(model, own, device)) ?? phonebookName;
}
