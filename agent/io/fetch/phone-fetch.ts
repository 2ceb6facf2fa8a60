import { readFile } from "node:fs/promises";
import { fetchOverHttp } from "./fetch-over-http.ts";
import { fetchOverTftp } from "./fetch-over-tftp.ts";
import type { DoorFetched, PhoneFetched, PhoneFetchFailure } from "./phone-fetched.ts";
import { resolve } from "../resolve.ts";

/** What a phone asks for: a URL (https, http or tftp), as this user agent. */
export interface PhoneFetch {
  readonly url: string;
  readonly userAgent?: string;
  /** PEM of the roots the phone trusts; absent: those of this system. */
  readonly ca?: string;
  /** The same, as a file to read. */
  readonly caFile?: string;
  /** A phone that checks certificates asks nothing of a server it cannot verify. Default true. */
  readonly checkCertificate?: boolean;
  /** For all of it, ms. */
  readonly timeout: number;
}

export type { PhoneFetched } from "./phone-fetched.ts";

/** Never throws for what the world does. @throws the signal's reason when it ends the fetch, and TypeError for no URL. */
export type FetchAsPhone = (what: PhoneFetch, signal: AbortSignal) => Promise<PhoneFetched>;

export interface FetchTarget {
  readonly door: "https" | "http" | "tftp";
  readonly host: string;
  readonly port: number;
  /** Path and query as they are sent; over TFTP the file name. */
  readonly path: string;
}

/** Reads `https://host[:port]/path`, `http://…` or `tftp://host[:port]/file`. */
export function tryParseFetchTarget(text: string): FetchTarget | undefined {
  const door = /^(https|http|tftp):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (door !== "https" && door !== "http" && door !== "tftp") return undefined;
  // `URL` knows ports and brackets of special schemes only.
  const url = URL.parse(text.replace(/^tftp:/i, "http:"));
  if (url === null || url.hostname === "") return undefined;
  const given = url.port === "" ? explicitPort(text) : Number(url.port);
  const port = given ?? { https: 443, http: 80, tftp: 69 }[door];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const path = door === "tftp" ? unescape(url.pathname.slice(1)) : `${url.pathname}${url.search}`;
  return { door, host, port, path };
}

/** A file name with a stray `%` means just that. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `tftp://host:80/` is read as http, whose own port `URL` leaves out. */
function explicitPort(text: string): number | undefined {
  return /^tftp:\/\/[^/]*:80(?:\/|$)/i.test(text) ? 80 : undefined;
}

export const fetchAsPhone: FetchAsPhone = async (what, signal) => {
  const target = tryParseFetchTarget(what.url);
  if (target === undefined) throw new TypeError("expected a URL of https, http or tftp");
  const started = performance.now();
  const { door, host, port } = target;
  const found = await fetchFrom(target, what, signal);
  signal.throwIfAborted();
  const ms = performance.now() - started;
  return { door, host, port, bytes: found.body?.length ?? 0, ms, ...found };
};

async function fetchFrom(target: FetchTarget, what: PhoneFetch, signal: AbortSignal): Promise<DoorFetched> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(what.timeout)]);
  const address = await addressOf(target.host, limit);
  if (typeof address !== "string") return { failure: address };
  if (target.door === "tftp") return fetchOverTftp(target, address, what.timeout, limit);
  const ca = what.caFile === undefined ? what.ca : await readFile(what.caFile, "utf8");
  const { userAgent, checkCertificate = true } = what;
  return fetchOverHttp({ ...target, address, userAgent, ca, checkCertificate }, limit);
}

async function addressOf(host: string, limit: AbortSignal): Promise<string | PhoneFetchFailure> {
  const late = new Promise<string[]>((_resolve, reject) => {
    limit.addEventListener("abort", () => reject(new Error("the resolver did not answer in time")), {
      once: true,
    });
  });
  try {
    const [address] = await Promise.race([resolve(host), late]);
    return address ?? { stage: "name", code: "ENODATA", message: `${host} has no address` };
  } catch (error) {
    const { code = "ETIMEDOUT", message } = error as NodeJS.ErrnoException;
    return { stage: "name", code, message };
  }
}
