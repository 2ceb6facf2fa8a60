import type { MacAddress } from "../../protocol/mac-address.ts";
import type { DayWindow } from "./day-window.ts";

/** How a phone is reached: through the PBX it is registered at, or straight at the address it was last seen at. */
export type ResyncWay = "pbx" | "direct";

/**
 * waiting → asking → asked → back, or silent (asked, and its config was not fetched in time). failed: the request was
 * refused, or nobody answered it. A busy phone goes back to waiting.
 */
export type ResyncPhoneState = "waiting" | "asking" | "asked" | "back" | "silent" | "failed";

export interface ResyncPhone {
  readonly mac: MacAddress;
  readonly site: string;
  /** Time zone of the phone, for windows without one of their own. */
  readonly zone: string;
  readonly state: ResyncPhoneState;
  /** Counts from 1. */
  readonly batch?: number;
  /** When it was last asked, ms. */
  readonly askedAt?: number;
  /** It was in a call, or the way was overloaded: not before this time, ms. */
  readonly againAt?: number;
  /** What happened last, in words. */
  readonly words?: string;
}

export interface ResyncWish {
  /** ms since 1970. */
  readonly notBefore?: number;
  readonly window?: DayWindow;
  /** Ask for a restart, where the vendor has a word for it. */
  readonly reboot: boolean;
  /** Absent: through the PBX where the phone has an account there, else direct. */
  readonly via?: ResyncWay;
  /** At most so many phones in a batch, and so many under way in the whole fleet. */
  readonly pace: number;
  /** At most so many under way that the server sees at one address: they share a line. */
  readonly perAddress: number;
  /** A phone that was asked has this long to fetch its config, ms. */
  readonly limit: number;
}

export type ResyncState = "running" | "paused" | "stopped" | "done";

/** Phones to be asked to fetch their config again, batch by batch. */
export interface ResyncPlan {
  readonly id: string;
  readonly tenant: string;
  readonly at: number;
  readonly who: string;
  readonly reason?: string;
  readonly wish: ResyncWish;
  readonly state: ResyncState;
  /** Why it stopped, or what it waits for. */
  readonly words?: string;
  /** Batches up to this number do not stop it: a person looked and resumed it. */
  readonly forgiven: number;
  readonly phones: readonly ResyncPhone[];
}

export const defaultWish: ResyncWish = { reboot: false, pace: 20, perAddress: 5, limit: 600_000 };

/** "1 phone", "20 phones". */
export function phonesInWords(count: number): string {
  return count === 1 ? "1 phone" : `${count} phones`;
}
