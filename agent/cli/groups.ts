import type { Command } from "commander";
import type { CliContext } from "./context.ts";

/** A verb group of `offhook`: its module is read only when its word is used, so that the command starts at once. */
export interface Group {
  readonly name: string;
  readonly about: string;
  load(): Promise<(command: Command, context: CliContext) => void>;
}

/**
 * Every verb group, one line each, in the order of help. The loaded function gets a Command that already has the
 * group's name and hangs verbs (or an action) on it.
 */
export const groups: readonly Group[] = [
  {
    name: "demo",
    about: "a whole simulated site on this machine, in your browser",
    load: async () => (await import("./demo.ts")).demo,
  },
  {
    name: "up",
    about: "server and agent in one process",
    load: async () => (await import("./server/up.ts")).up,
  },
  {
    name: "doctor",
    about: "look at all that applies here and say what is wrong, worst first",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "diag",
    about: "one probe at a time: poe, sip, rtp, meter, host, provisioning …",
    load: async () => (await import("./diag/diag.ts")).diag,
  },
  {
    name: "mirror",
    about: "the far end for RTP and SIP probes: sends every packet of a caller back",
    load: async () => (await import("./mirror.ts")).mirror,
  },
  {
    name: "server",
    about: "the provisioning server: run it, check its settings, sign people in",
    load: async () => (await import("./server/server.ts")).server,
  },
  {
    name: "agent",
    about: "the field agent: run it, enrol it, see what waits to be delivered",
    load: async () => (await import("./agent.ts")).agent,
  },
  {
    name: "token",
    about: "what lets a new agent in, and what programs show to the API",
    load: async () => (await import("./server/token.ts")).token,
  },
  {
    name: "tenant",
    about: "whose sites and phones these are; each sees only their own",
    load: async () => (await import("./server/tenant.ts")).tenant,
  },
  {
    name: "phone",
    about: "the phones we know: add, import, preview what each gets, trace what each asked",
    load: async () => (await import("./phone/phone.ts")).phone,
  },
  {
    name: "site",
    about: "places with phones: networks, settings of all their phones, when they may enrol",
    load: async () => (await import("./site/site.ts")).site,
  },
  {
    name: "firmware",
    about: "images of phones: import them, plan and roll out a version, ring by ring",
    load: async () => (await import("./firmware/firmware.ts")).firmware,
  },
  {
    name: "change",
    about: "what was changed by whom, what it does to phones, and taking it back",
    load: async () => (await import("./change.ts")).change,
  },
  {
    name: "dhcp",
    about: "what a DHCP server must tell the phones of a site, in its own language",
    load: async () => (await import("./server/dhcp.ts")).dhcp,
  },
  {
    name: "profile",
    about: "what we know of desk phones: models, who a request comes from, whether the profiles are sound",
    load: async () => (await import("./profile/profile.ts")).profile,
  },
];
