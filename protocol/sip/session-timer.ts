import { headerValue, type SipMessage } from "./message.ts";
import { readParameters } from "./parameters.ts";
import { Defects } from "./defect.ts";

/** What Session-Expires says (RFC 4028 4): the interval in seconds, and who refreshes. */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher?: "uac" | "uas";
}

/** The smallest interval that may be asked for (RFC 4028 5), s. */
export const smallestSession = 90;

/** Session-Expires of a message, or undefined. */
export function sessionExpiresOf(message: SipMessage): SessionExpires | undefined {
  const value = headerValue(message, "Session-Expires") ?? "";
  const match = /^(\d{1,9})\s*(;.*)?$/.exec(value);
  if (match === null) return undefined;
  const refresher = readParameters(match[2] ?? "", 0, "header", new Defects()).get("refresher");
  return {
    seconds: Number(match[1]),
    ...(refresher === "uac" || refresher === "uas" ? { refresher } : {}),
  };
}

/** Min-SE of a message in seconds, or undefined. */
export function minSessionOf(message: SipMessage): number | undefined {
  const seconds = /^\d{1,9}/.exec(headerValue(message, "Min-SE") ?? "")?.[0];
  return seconds === undefined ? undefined : Number(seconds);
}

/** When who refreshes should do so, and when the other side ends a call without it (RFC 4028 10), s. */
export function sessionTimes(seconds: number): { readonly refreshAt: number; readonly endsAt: number } {
  return { refreshAt: seconds / 2, endsAt: seconds - Math.min(32, seconds / 3) };
}
