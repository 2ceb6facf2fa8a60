import type { Answer } from "../../protocol/answer.ts";
import type { Device } from "../../protocol/device.ts";
import type { Identity, PhoneRequest } from "../../protocol/phone-request.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import { findModel } from "../profiles/profiles.ts";
import type { Directory } from "./directory.ts";
import type { FirmwareFiles, ShelfImage } from "./firmware-shelf.ts";
import { pathSegments } from "./request-path.ts";
import { settingWinner } from "./settings-for.ts";

/** What was looked up, as far as images need it. */
export interface Asked {
  readonly request: PhoneRequest;
  readonly directory: Directory;
  readonly identity: Identity;
  readonly device: Device | undefined;
  readonly site: Site | undefined;
  readonly sitesHere: readonly Site[];
  readonly tenant: PhoneSettings | undefined;
}

/** Folder of the images' addresses. */
export const firmwareFolder = "firmware";

/**
 * The image a request is for. An address out of a config names one whoever asks: an image holds nothing of anybody, and its
 * key cannot be guessed. A bare name, as Grandstream and Mitel ask it beside their config, means the version that is wanted
 * for this phone, or for its model at the one site that has this address; a name with a version in it means itself, for
 * phones and sites that we know.
 */
export function firmwareAsked(asked: Asked): ShelfImage | undefined {
  const { firmware: shelf } = asked.directory.context;
  if (shelf === undefined) return undefined;
  const segments = pathSegments(asked.request.path);
  const [folder, key = "", name = ""] = segments.slice(-3);
  if (folder === firmwareFolder && segments.length >= 3) {
    const image = shelf.at(key, name);
    if (image !== undefined) return image;
  }
  const bare = segments.at(-1);
  if (bare === undefined) return undefined;
  const isKnown = asked.device !== undefined || asked.sitesHere.length > 0;
  return byName(asked, bare) ?? (isKnown ? shelf.telling(bare) : undefined);
}

function byName(asked: Asked, name: string): ShelfImage | undefined {
  const { identity, device, site, sitesHere, tenant, directory } = asked;
  const { firmware: shelf } = directory.context;
  if (shelf === undefined || (identity.file !== "firmware" && device === undefined)) return undefined;
  const vendor = device?.vendor ?? identity.vendor;
  const model = device?.model ?? identity.model;
  const only = sitesHere.length === 1 ? sitesHere[0] : undefined;
  const profile =
    vendor === undefined || model === undefined ? undefined : findModel(directory.profiles, vendor, model);
  if (profile === undefined) return undefined;
  const layers = { tenant, site: (site ?? only)?.settings, device: device?.settings };
  const version = settingWinner(layers, "firmware.version")?.value;
  if (typeof version !== "string" || version === "") return undefined;
  const from = identity.firmware === undefined ? {} : { from: identity.firmware };
  return shelf.named({ model: profile, version, ...from }, name);
}

/** Phones of one site wait for each other; of unknown ones, those of one address. */
function queueOf({ site, sitesHere, request }: Asked): string {
  const here = site ?? sitesHere[0];
  return here === undefined ? `address ${request.address}` : `site ${here.tenant} ${here.id}`;
}

export async function answerFirmware(image: ShelfImage, asked: Asked, files: FirmwareFiles): Promise<Answer> {
  const identity: Identity = { ...asked.identity, file: "firmware", fileId: "image" };
  const source = await files.source(image, queueOf(asked));
  if (source === undefined)
    return {
      outcome: "no-such-file",
      identity,
      normal: false,
      reason: `the octets of ${image.name} in the data folder are not those that were imported`,
    };
  const { name, sha256 } = image;
  const file = {
    name,
    contentType: "application/octet-stream",
    body: new Uint8Array(0),
    source,
    etag: `"${sha256.slice(0, 32)}"`,
    secret: false,
  };
  return { outcome: "file", identity, claim: "public", file };
}
