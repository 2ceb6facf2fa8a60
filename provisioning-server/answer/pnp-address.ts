import type { Device } from "../../protocol/device.ts";
import type { Secret } from "../../protocol/secret.ts";
import type { Site } from "../../protocol/site.ts";
import type { ProfileSubscription } from "../../protocol/sip/ua-profile.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import type { Directory } from "./directory.ts";
import { nameOfFile } from "./render-file.ts";

/** What a phone that asked the multicast group is told, or why nothing. */
export type PnpAddress =
  | { readonly ok: true; readonly device: Device; readonly url: string }
  | { readonly ok: false; readonly why: string };

/**
 * The address for a phone that asked by SIP PnP. Only phones of the inventory are answered: another's phone in the same
 * network is another server's business. The address holds the phone's token where its site's window is open and the
 * question comes from the site's networks, which is a claim; else it is the plain one, and the phone must show who it is.
 * Everybody in the network can read along, so it is a token for the first access, and not the phone's own.
 */
export async function pnpAddress(
  { mac }: Pick<ProfileSubscription, "mac">,
  source: { readonly address: string; readonly at: number },
  directory: Directory,
): Promise<PnpAddress> {
  if (mac === undefined) return { ok: false, why: "the question names no MAC" };
  const device = await directory.deviceByMac(mac);
  if (device === undefined) return { ok: false, why: `no phone with the MAC ${mac} is in the inventory` };
  const site = await directory.site(device.site, device);
  const here = await directory.sitesByAddress(source.address);
  const isClaim = isWindowOpen(site, source.at) && here.some(({ id }) => id === site?.id);
  const token = isClaim ? await directory.firstAccess?.handOut(device, source.at) : undefined;
  return { ok: true, device, url: addressWith(token, device, directory) };
}

function isWindowOpen(site: Site | undefined, at: number): boolean {
  return site?.windowUntil !== undefined && at < site.windowUntil;
}

/** What a phone is told to fetch from: its folder, under a token if given one, or its one file there. */
export function addressWith(
  token: Secret | undefined,
  device: Device,
  { context: { baseUrl }, profiles }: Pick<Directory, "context" | "profiles">,
): string {
  const folder = token === undefined ? baseUrl : `${baseUrl}/${token.reveal()}`;
  return `${folder}/${nameFor(device, profiles)}`;
}

/** Families that want the address of one file, not of a folder, get it. */
function nameFor(device: Device, profiles: Profiles): string {
  const model = findModel(profiles, device.vendor, device.model);
  const wanted = model?.family.vendor.address;
  if (model === undefined || wanted === undefined || wanted === "folder") return "";
  const file = model.family.vendor.files.find(({ id }) => id === wanted.file);
  return file === undefined ? "" : (nameOfFile(model, file, device) ?? "");
}
