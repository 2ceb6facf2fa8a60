import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import type { Subject } from "../../../protocol/observation.ts";

/** What a target comes to. */
export interface FetchPlan {
  readonly subject: Subject;
  /** Absent: `problem` says why. */
  readonly url?: string;
  readonly problem?: string;
  /** The URL for people and evidence: tokens and passwords are secrets. */
  readonly shown: string;
}

/** A URL is fetched as it is; a MAC's file is fetched from `server`. */
export function fetchPlan(
  target: string,
  settings: { readonly server?: string; readonly file: string },
): FetchPlan {
  const mac = target.includes("/") ? undefined : tryParseMacAddress(target);
  if (mac === undefined) return { subject: subjectOf(target), url: target, shown: hideSecrets(target) };
  const subject = `phone:${mac}`;
  if (settings.server === undefined)
    return { subject, shown: target, problem: "a MAC needs `server`: the address phones fetch from" };
  const folder = settings.server.endsWith("/") ? settings.server : `${settings.server}/`;
  const url = `${folder}${settings.file.replaceAll("{mac}", mac)}`;
  return { subject, url, shown: hideSecrets(url) };
}

/** The phone whose file it is, if the last segment names one; else the server. */
function subjectOf(url: string): Subject {
  const mac = macOf(url.split(/[?#]/)[0]?.split("/").at(-1) ?? "");
  if (mac !== undefined) return `phone:${mac}`;
  const host = /^[a-z]+:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/i.exec(url)?.[1] ?? "";
  return `server:${(host === "" ? hideSecrets(url) : host).slice(0, 190) || "unknown"}`;
}

/** `805ec0010001.cfg`, `linphone-805ec0010001.xml`, `cfg805ec0010001.xml`: one run of 12 digits and no more. */
function macOf(file: string): MacAddress | undefined {
  const digits = /(?:^|[^0-9a-f])(?:cfg)?([0-9a-f]{12})(?![0-9a-f])/i.exec(file)?.[1];
  return digits === undefined || /^y0{6}/i.test(file) ? undefined : tryParseMacAddress(digits);
}

export function hideSecrets(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1••••@")
    .replaceAll(/(?<=\/)[A-Za-z0-9_-]{22}(?=\/)/g, "••••");
}
