import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { observeAsked } from "../sip-options/observe-options.ts";
import { observeLogin, observeUntriedLogin } from "../sip-agent/observe-login.ts";
import type { AskedWithLogin } from "../sip-agent/ask-with-login.ts";
import {
  bindingsOf,
  contactOf,
  responseOf,
  type Binding,
  type RegistrationParts,
  type RegistrationRun,
} from "./run-registration.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";

/** What a registration says. The answer that counts is that of the REGISTER, or of the question, where it stayed at that. */
export function observeRegistration(
  run: RegistrationRun,
  parts: RegistrationParts & { readonly transport: SipTransport },
  observe: Observe,
): Observation[] {
  const main = run.register ?? run.query;
  const size = encodeSip(main.request).length;
  const note = run.register === undefined ? "asked who is logged in; " : "";
  const transport = parts.transport;
  // The login happens at the first request; later ones carry what it gave.
  const login = run.query.stage === "none" || main.stage === "refused" ? main : run.query;
  const { exchange, unsupported } = main;
  const asked = { exchange, unsupported, stage: login.stage, size, login: main };
  return [
    ...observeAsked([asked], { transport, note }, observe),
    ...observeLogin(login, parts, observe),
    ...observeUntriedLogin(login, parts, observe),
    ...observeBindings(run, observe),
    ...observeSteps(run, observe),
  ];
}

function observeBindings(run: RegistrationRun, observe: Observe): Observation[] {
  if (responseOf(run.query) === undefined) return [];
  const before = bindingsOf(run.query, []);
  const observations = [
    observe("reg.contacts", before.map(bindingText).slice(0, 200), {
      evidence: "before the probe registered",
    }),
    observe("reg.devices", before.length),
  ];
  if (run.register === undefined) return observations;
  const uri = contactOf(run.register);
  const after = bindingsOf(run.register, [uri]);
  const ours = after.find((binding) => binding.ours);
  const granted = ours?.expires ?? after[0]?.expires;
  if (granted !== undefined) observations.push(observe("reg.expires", granted));
  const lost = before.filter((old) => !after.some((each) => each.uri === old.uri));
  if (before.length > 0) {
    const evidence = `gone from the list: ${lost.map(({ uri: gone }) => gone).join(", ")}`;
    observations.push(observe("reg.replaced", lost.length > 0, lost.length > 0 ? { evidence } : {}));
  }
  return [...observations, ...observeSecond(run, uri, observe)];
}

function observeSecond({ second }: RegistrationRun, first: string, observe: Observe): Observation[] {
  if (second === undefined) return [];
  const code = responseOf(second)?.code;
  if (code === undefined || code >= 300) {
    return [observe("reg.second", "refused", { evidence: `the second device got ${code ?? "no answer"}` })];
  }
  const there = bindingsOf(second, [first]);
  const kept = there.some(({ ours }) => ours);
  return [observe("reg.second", kept ? "both" : "replaced", { evidence: there.map(bindingText).join("; ") })];
}

function bindingText({ uri, expires }: Binding): string {
  return expires === undefined ? uri : `${uri} for ${expires} s`;
}

function observeSteps(run: RegistrationRun, observe: Observe): Observation[] {
  const observations: Observation[] = [];
  if (run.minExpires !== undefined) observations.push(observe("reg.minExpires", run.minExpires));
  for (const [key, asked] of [
    ["reg.refresh", run.refresh],
    ["reg.remove", run.remove],
  ] as const) {
    if (asked !== undefined) observations.push(observeStep(key, asked, observe));
  }
  if (run.nonceReused !== undefined) observations.push(observe("sip.auth.nonceReused", run.nonceReused));
  return observations;
}

function observeStep(
  key: "reg.refresh" | "reg.remove",
  asked: AskedWithLogin,
  observe: Observe,
): Observation {
  const response = responseOf(asked);
  if (response === undefined) return observe(key, null, { outcome: "timeout" });
  return observe(key, response.code, { evidence: `SIP/2.0 ${response.code} ${response.reason}` });
}
