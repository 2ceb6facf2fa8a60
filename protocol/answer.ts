import type { Identity } from "./phone-request.ts";

/** How a phone was let in. `public`: a file that holds nothing of anybody (a boot file, an optional file). */
export type ClaimKind =
  | "certificate"
  | "token"
  | "first-access"
  | "password"
  | "network"
  | "location"
  | "public";

/** Where a line of a config comes from: the setting, its layer, and what the layers below would have said. */
export interface Provenance {
  readonly key: string;
  /** 1-based line of the file, or undefined for a syntax without lines. */
  readonly line: number;
  readonly setting: string;
  readonly layer: Layer;
  readonly losers: readonly { readonly layer: Layer; readonly value: string }[];
  /** The map entry's own `why`, where it has one (vendor quirks). */
  readonly why?: string;
}

/** Weakest first: the later layer wins, setting by setting. */
export const settingLayers = ["default", "vendor", "model", "tenant", "site", "device", "line"] as const;
export type Layer = (typeof settingLayers)[number];

/** A body too large for memory, read by range. */
export interface FileSource {
  readonly size: number;
  /** Waits for its turn; undefined: none came, and the phone shall ask again later. `gone`: nobody waits any more. */
  open(gone: AbortSignal): Promise<OpenedFile | undefined>;
}

export interface OpenedFile {
  /** Exactly `length` octets within the size. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives its place to the next one; safe to call twice. */
  close(): void;
}

export interface ServedFile {
  readonly name: string;
  readonly contentType: string;
  /** Empty where there is a source. */
  readonly body: Uint8Array;
  /** Where the body is read from, for files that are not held in memory. */
  readonly source?: FileSource;
  /** Strong: SHA-256 of the body, first 128 bits, hex, in quotes. */
  readonly etag: string;
  readonly secret: boolean;
}

/**
 * What the server says to a PhoneRequest. Unknown, denied and foreign look the same from outside (one status, one body);
 * inside, each refusal carries its reason, in plain words, and the remedy.
 */
export type Answer =
  | {
      readonly outcome: "file";
      readonly identity: Identity;
      readonly claim: ClaimKind;
      readonly file: ServedFile;
    }
  /** The phone may ask, and there is none: `normal` when this family asks for the file and lives without it. */
  | {
      readonly outcome: "no-such-file";
      readonly identity: Identity;
      readonly normal: boolean;
      readonly reason: string;
    }
  | {
      readonly outcome: "unknown-device";
      readonly identity: Identity;
      readonly reason: string;
      readonly remedy: string;
      /** What was asked for is no path at all: no phone asks so. */
      readonly malformed?: true;
    }
  | {
      readonly outcome: "denied";
      readonly identity: Identity;
      readonly kind: DenialKind;
      readonly reason: string;
      readonly remedy: string;
    };

export type DenialKind =
  | "bad-credentials"
  | "bad-certificate"
  | "bad-token"
  | "spent-token"
  | "outside-network"
  | "window-closed"
  | "wrong-port"
  | "secret-over-tftp"
  | "wrong-model"
  | "old-tls"
  | "render-failed";
