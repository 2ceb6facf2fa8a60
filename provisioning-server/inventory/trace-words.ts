import type { TraceEntry } from "../store/trace.ts";

/** A trace entry in plain words, for a person on the phone with a technician. */
export interface TraceWords {
  /** "HTTPS GET /805ec0010001.cfg from 10.1.2.3" */
  readonly asked: string;
  /** "yealink T46U 108.86.0.90, its config"; undefined when nothing was recognised. */
  readonly recognised: string | undefined;
  /** "file, 2314 bytes (200)", "refused (404)" … */
  readonly answered: string;
  readonly reason: string | undefined;
  readonly remedy: string | undefined;
}

const claims = {
  certificate: "let in by its certificate",
  token: "let in by its token",
  "first-access": "let in by its token for the first access",
  password: "let in by its password",
  network: "let in by the site's open window",
  location: "let in because an agent sees it on its switch port",
  public: "open to everybody",
} as const;

const kinds = {
  config: "its config",
  firmware: "a firmware image",
  directory: "a phonebook",
  optional: "a file its family can do without",
  unknown: undefined,
} as const;

export function describeTrace(entry: TraceEntry): TraceWords {
  return {
    asked:
      entry.outcome === "tls-error"
        ? `${entry.door.toUpperCase()} connection from ${entry.address}`
        : `${entry.door.toUpperCase()} ${entry.method} ${entry.path} from ${entry.address}`,
    recognised: recognised(entry),
    answered: answered(entry),
    reason: reasonOf(entry),
    remedy: entry.remedy,
  };
}

/** A handshake names nobody: whose it was is told by the address alone, and that must be said. */
function reasonOf({ outcome, mac, reason }: TraceEntry): string | undefined {
  if (outcome !== "tls-error" || reason === undefined) return reason;
  return mac === undefined
    ? `${reason} (Matched by its address alone: it may be another phone there.)`
    : `${reason} (Matched by its address, where only this phone was seen.)`;
}

function recognised({ identity }: TraceEntry): string | undefined {
  const who = [identity.vendor, identity.model, identity.firmware].filter((word) => word !== undefined);
  const parts = [who.join(" "), kinds[identity.file] ?? ""].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(", ");
}

function answered(entry: TraceEntry): string {
  const status = entry.status === 0 ? "" : ` (${entry.status})`;
  const claim = entry.claim === undefined ? "" : `, ${claims[entry.claim]}`;
  const version = versionOf(entry);
  switch (entry.outcome) {
    case "file":
      return entry.status === 304
        ? `unchanged since its last fetch${status}${version}${claim}`
        : `file, ${entry.bytes} bytes${status}${version}${claim}`;
    case "no-such-file":
      return `no such file${status}${entry.normal === true ? ", as usual for this family" : ""}`;
    case "unknown-device":
      return `not known here${status}`;
    case "denied":
      return `refused${status}`;
    case "tls-error":
      return "TLS failed";
  }
}

/** Which file it was: the first digits of its digest, and the phone's revision it was made from. */
function versionOf({ etag, revision }: TraceEntry): string {
  if (revision === undefined || etag === undefined) return "";
  return `, version ${etag.replaceAll('"', "").slice(0, 8)} of revision ${revision}`;
}
