import type { MacAddress } from "../../protocol/mac-address.ts";
import type { DayWindow } from "../resync/day-window.ts";

/**
 * waiting → ordered (its config names the version) → fetched (it has that config) → back (runs the version) → well (stayed so);
 * failed: not that · absent: never fetched · returning → returned: runs what it ran before · lost: somebody must go there.
 */
export type RolloutStage =
  | "waiting"
  | "ordered"
  | "fetched"
  | "back"
  | "well"
  | "failed"
  | "absent"
  | "returning"
  | "returned"
  | "lost";

/** How a phone is, as far as anybody saw it: what is absent is unknown, never bad. */
export interface PhoneHealth {
  readonly registered?: boolean;
  /** Power its port gives, W. */
  readonly watts?: number;
  readonly fault?: string;
  /** Boots within the last hour. */
  readonly boots?: number;
}

/** What a site's agents measure towards its PBX: the worst of all targets. */
export interface SiteHealth {
  readonly optionsAnswered?: boolean;
  /** ms */
  readonly optionsRtt?: number;
  /** % */
  readonly loss?: number;
  readonly mos?: number;
}

export interface RolloutPhone {
  readonly mac: MacAddress;
  readonly site: string;
  /** Time zone, for the window. */
  readonly zone: string;
  /** From 0. */
  readonly ring: number;
  readonly stage: RolloutStage;
  /** What it ran when it was ordered. */
  readonly from?: string;
  /** How many versions it goes through. */
  readonly steps: number;
  readonly orderedAt?: number;
  readonly fetchedAt?: number;
  readonly backAt?: number;
  readonly before?: PhoneHealth;
  /** Why it failed, or is lost. */
  readonly words?: string;
}

export interface RolloutWish {
  /** Orders within an hour at one site. */
  readonly perSiteHour: number;
  readonly window?: DayWindow;
  /** From fetching the config to running the version, ms, for each step on the way. */
  readonly patience: number;
  /** How long it must stay well, ms. */
  readonly soak: number;
  /** How long an order waits for the phone's next fetch, ms. */
  readonly takeWithin: number;
  /** Share of a ring that may fail; of the first ring nobody may. */
  readonly tolerated: number;
  /** Who goes back when a ring fails. */
  readonly rollBack: "ring" | "all" | "none";
}

const minute = 60_000;
export const defaultRolloutWish: RolloutWish = {
  perSiteHour: 60,
  patience: 30 * minute,
  soak: 15 * minute,
  takeWithin: 26 * 60 * minute,
  tolerated: 0.02,
  rollBack: "ring",
};

export type RolloutState =
  | "running"
  | "paused"
  | "rolling-back"
  | "rolled-back"
  | "halted"
  | "done"
  | "aborted";

export interface Rollout {
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly reason?: string;
  readonly vendor: string;
  readonly models: readonly string[];
  readonly to: string;
  readonly wish: RolloutWish;
  readonly state: RolloutState;
  readonly rings: number;
  /** The ring that is under way, from 0. */
  readonly ring: number;
  /** Of sites whose phones were ordered: how they were before. */
  readonly sites: Readonly<Record<string, SiteHealth>>;
  /** Since when a site measures worse than before, ms. */
  readonly worseSince: Readonly<Record<string, number>>;
  /** Why it stands as it does. */
  readonly words?: string;
  readonly phones: readonly RolloutPhone[];
}

/** Whether a phone's way in this roll-out is at its end. */
export function isSettled({ stage }: RolloutPhone): boolean {
  return ["well", "failed", "absent", "returned", "lost"].includes(stage);
}
