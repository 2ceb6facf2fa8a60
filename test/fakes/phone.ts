import type { Booted, FakePhone } from "./phones/fake-phone.ts";
import { bootLinphone } from "./phones/linphone.ts";
import { bootYealink } from "./phones/yealink.ts";

export type { Booted, FakePhone, PhoneAsk } from "./phones/fake-phone.ts";

/** Plugs a phone in: it asks as its family does, follows where it is sent, and says what it has in the end. */
export async function bootPhone(
  phone: FakePhone,
  signal: AbortSignal = new AbortController().signal,
): Promise<Booted> {
  switch (phone.vendor) {
    case "yealink":
      return bootYealink(phone, signal);
    case "linphone":
      return bootLinphone(phone, signal);
  }
}
