import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { observeLogin, observeUntriedLogin, type LoginParts } from "../sip-agent/observe-login.ts";
import { observeAsked } from "../sip-options/observe-options.ts";
import type { RegisteredAsked } from "./ask-registered.ts";

/** What the server answered, and, where something proves it, whether the phone is registered. */
export function observeRegistered(
  { main, method, registered, evidence }: RegisteredAsked,
  parts: LoginParts & {
    readonly observe: Observe;
    readonly ofPhone: Observe;
    readonly transport: SipTransport;
  },
): Observation[] {
  const { observe, ofPhone, transport } = parts;
  const size = encodeSip(main.request).length;
  const asked = { ...main, size, login: main };
  const said =
    registered === undefined
      ? ofPhone("phone.registered", null, { outcome: "absent", evidence })
      : ofPhone("phone.registered", registered, { evidence });
  return [
    observe("sip.transport", transport),
    observe("sip.method", method),
    ...observeAsked([asked], { transport, note: "" }, observe),
    ...observeLogin(main, parts, observe),
    ...observeUntriedLogin(main, parts, observe),
    ...(main.exchange.end.kind === "final" ? [said] : []),
  ];
}
