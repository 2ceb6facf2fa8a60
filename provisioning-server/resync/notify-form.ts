import type { VendorProfile } from "../profiles/vendor-profile.ts";

/** What the NOTIFY says, or why this vendor's phones cannot be asked, and what does it instead. */
export type NotifyForm =
  | { readonly ok: true; readonly event: string }
  | { readonly ok: false; readonly why: string; readonly instead: string };

/** The vendor's form of "fetch your config again"; with `reboot`, of "restart". */
export function notifyForm({ name, resync }: VendorProfile, reboot: boolean): NotifyForm {
  const { event, reboot: restart, detail } = resync;
  if (event === null)
    return {
      ok: false,
      why: `${name} phones obey no resync by SIP${detail === undefined ? "" : `: ${detail}`}`,
      instead: "provisioning.repoll makes them look by themselves; a restart of the phone does it at once.",
    };
  if (!reboot) return { ok: true, event };
  if (restart !== undefined) return { ok: true, event: restart };
  return {
    ok: false,
    why: `${name} phones have no word for a restart${detail === undefined ? "" : `: ${detail}`}`,
    instead: "A resync without --reboot makes them fetch their config, and restart where that needs it.",
  };
}
