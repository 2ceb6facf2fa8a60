import { fetchAsPhone, type PhoneFetched } from "../../../agent/io/fetch/phone-fetch.ts";

/** A phone that really asks: over sockets, in its family's order, under its family's user agent. */
export interface FakePhone {
  readonly vendor: "yealink" | "linphone";
  /** As the vendor prints it: `T46U`. */
  readonly model: string;
  /** 12 lower-case hex digits. */
  readonly mac: string;
  readonly firmware: string;
  /**
   * Where DHCP or its own settings send it: `tftp://127.0.0.1:6969/`, `https://127.0.0.1:8443/` or with a token,
   * `https://127.0.0.1:8443/TOKEN/`. A folder ends with `/`; Linphone also takes the URL of its file.
   */
  readonly server: string;
  /** PEM of the roots it trusts. */
  readonly ca?: string;
  /** Per request, ms; default 10,000. */
  readonly timeout?: number;
}

/** One request of a boot, and what came. */
export interface PhoneAsk {
  readonly door: "tftp" | "https" | "http";
  /** The name asked for, without the folder (which may hold a token). */
  readonly file: string;
  /** HTTP status, over TFTP 200 and 404; absent: no answer. */
  readonly status?: number;
  readonly body?: Uint8Array;
  readonly ms: number;
  /** Why there was no answer: `ECONNREFUSED: …`. */
  readonly failure?: string;
}

export interface SipAccount {
  readonly index: number;
  readonly user: string;
  readonly authUser: string;
  readonly password: string;
  readonly server: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
}

export interface Booted {
  readonly requests: readonly PhoneAsk[];
  /** All parameters as they stand in the end, by the vendor's own names (Linphone: `section/entry`). */
  readonly config: ReadonlyMap<string, string>;
  readonly accounts: readonly SipAccount[];
  /** What a phone would swallow in silence or show as a dead screen: unreachable server, unreadable file. */
  readonly problems: readonly string[];
}

/** A boot as it goes on. */
export interface BootLog {
  readonly requests: PhoneAsk[];
  readonly problems: string[];
  readonly config: Map<string, string>;
}

export const newBootLog = (): BootLog => ({ requests: [], problems: [], config: new Map() });

/** Fetches one file and writes it down. */
export async function ask(
  phone: FakePhone,
  url: string,
  more: { readonly userAgent: string; readonly checkCertificate: boolean },
  log: BootLog,
  signal: AbortSignal,
): Promise<PhoneFetched> {
  const fetched = await fetchAsPhone(
    { url, timeout: phone.timeout ?? 10_000, ...more, ...(phone.ca === undefined ? {} : { ca: phone.ca }) },
    signal,
  );
  const { door, status, body, ms, failure } = fetched;
  const file = url.split("/").at(-1) ?? "";
  log.requests.push({
    door,
    file,
    ms,
    ...(status === undefined ? {} : { status }),
    ...(status !== 200 || body === undefined ? {} : { body }),
    ...(failure === undefined ? {} : { failure: `${failure.code}: ${failure.message}` }),
  });
  if (status !== 200 && status !== 404)
    log.problems.push(`${door} ${file}: ${failure?.message ?? `status ${String(status)}`}`);
  return fetched;
}
