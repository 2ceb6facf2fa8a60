import type { Device } from "../../protocol/device.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import type { RenderContext } from "./directory.ts";
import { nameOfFile, type RenderedFile, renderFile, type RenderOptions } from "./render-file.ts";

export interface PreviewOptions extends RenderOptions {
  readonly tenant?: PhoneSettings;
  readonly firmware?: string;
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
  const { tenant, firmware, ...rest } = options;
  return model.family.vendor.files
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
        },
        rest,
      ),
    );
}
