import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Secret } from "../../protocol/secret.ts";

/** A token that somebody typed into a phone or that it was handed: good for a few files, one of which holds its own token. */
export interface FirstAccessToken {
  readonly tenant: string;
  readonly mac: MacAddress;
  readonly hash: string;
  /** Of the phone's own token when this one was made. */
  readonly generation: number;
  readonly expiresAt: number;
  readonly usesLeft: number;
}

/** The first of the two stages of tokens, as far as answering a phone needs it. */
export interface FirstAccess {
  /** Whose token it is, used up or not. */
  find(token: string): Promise<FirstAccessToken | undefined>;
  /** Takes one use, in one step; false: none was left. */
  spend(token: FirstAccessToken, at: number): Promise<boolean>;
  /** A new one, for a phone that asked for its address and has a claim. */
  handOut(device: Device, at: number): Promise<Secret | undefined>;
}
