import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import { tryParseFetchTarget } from "../io/fetch/phone-fetch.ts";
import { fetchPlan } from "./provisioning/fetch-plan.ts";
import { observerOf } from "../../protocol/observe.ts";
import { observeFetched } from "./provisioning/observe-fetched.ts";
import { showFetched } from "./provisioning/show-fetched.ts";

const ProvisioningSettings = Type.Object(
  {
    server: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:https?|tftp)://.+$",
        description: "where a MAC's file is fetched: https://HOST[:PORT]/[TOKEN/] or tftp://HOST[:PORT]/",
      }),
    ),
    file: Type.String({
      default: "{mac}.cfg",
      maxLength: 255,
      description: "the file of a MAC; {mac} stands for its 12 digits",
    }),
    userAgent: Type.Optional(
      Type.String({
        maxLength: 300,
        description: "say to be this phone, such as `Yealink SIP-T46U 108.86.0.90`",
      }),
    ),
    ca: Type.Optional(
      Type.String({
        maxLength: 400,
        description: "PEM file with the server's CA, as the phone has it loaded",
      }),
    ),
    checkCertificate: Type.Boolean({
      default: true,
      description: "ask nothing of a server whose certificate does not verify, as a phone would",
    }),
    timeout: Type.Number({ default: 10, minimum: 0.1, maximum: 120, description: "seconds for all of it" }),
  },
  { additionalProperties: false },
);
type ProvisioningSettings = Static<typeof ProvisioningSettings>;

type ProvisioningIo = Pick<AgentIo, "clock" | "fetchAsPhone" | "say">;

/** Does a phone get its config from here? Tells name, connection, TLS, refusal and file apart. */
export const provisioning: Probe<typeof ProvisioningSettings, ProvisioningIo> = {
  name: "provisioning",
  verb: "provisioning",
  about:
    "fetch a phone's config over HTTPS or TFTP as the phone would: does it come, how fast, and if not, why",
  target: "URL|tftp://HOST[:PORT]/FILE|MAC",
  example:
    "offhook diag provisioning 80:5e:c0:01:00:01 --server https://phones.example:8443/ --ca offhook-ca.pem",
  settings: ProvisioningSettings,
  async run(target, settings, io, signal): Promise<Observation[]> {
    const plan = fetchPlan(target, settings);
    const observe = observerOf("provisioning", plan.subject, io.clock.now());
    const where = plan.url === undefined ? undefined : tryParseFetchTarget(plan.url);
    if (plan.url === undefined || where === undefined) {
      const evidence = plan.problem ?? `${plan.shown} is not a URL of https, http or tftp`;
      return [observe("prov.fetch", "no address to fetch from", { outcome: "unreachable", evidence })];
    }
    io.say(`fetching ${plan.shown}`);
    const { userAgent, ca, checkCertificate, timeout } = settings;
    const fetched = await io.fetchAsPhone(
      {
        url: plan.url,
        userAgent: userAgent ?? "Offhook provisioning probe",
        checkCertificate,
        timeout: timeout * 1000,
        ...(ca === undefined ? {} : { caFile: ca }),
      },
      signal,
    );
    return observeFetched(fetched, plan.shown, io.clock.now(), observe);
  },
  show: showFetched,
};
