import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { readPassword } from "../io/host/read-password.ts";
import { tryRelay, type RelayTried } from "./turn/try-relay.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";

const TurnSettings = Type.Object(
  {
    user: Type.Optional(Type.String({ maxLength: 128, description: "user of the TURN account" })),
    passwordFrom: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:env|file):.+$",
        description: "where the password is: env:NAME or file:PATH",
      }),
    ),
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to ask from, such as the one in the voice VLAN",
      }),
    ),
  },
  { additionalProperties: false },
);
type TurnSettings = Static<typeof TurnSettings>;

/** A relayed address for a moment: asked for, tried with a packet each way through it, and given back. */
export const turn: Probe<typeof TurnSettings, WayIo> = {
  name: "turn",
  verb: "turn",
  about: "ask a TURN server for a relayed address, send packets through it to ourselves, and give it back",
  target: "HOST[:PORT]",
  example: "offhook diag turn turn.example:3478 --user 1001 --password-from file:turn.password",
  settings: TurnSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const look = { probe: "turn", key: "turn.code", defaultPort: 3478, localAddress } as const;
    const found = await findPlace(target, look, io);
    if (!found.ok) return found.observations;
    const { account, note } = await accountOf(settings);
    return observeRelay(await tryRelay(found.place, account, io, signal), found.place, note);
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["turn.relay", "relayed address"],
        ["turn.lifetime", "granted for"],
        ["turn.relays", "packets go through"],
        ["turn.released", "given back"],
      ],
      [
        [
          "turn.code",
          (code, { value, evidence }) =>
            value === 0 ? "grants a relayed address" : `refuses: ${evidence ?? code}`,
        ],
      ],
    ),
};

async function accountOf({ user, passwordFrom }: TurnSettings) {
  if (user === undefined || passwordFrom === undefined)
    return { account: undefined, note: "no user and password were given; " };
  try {
    return { account: { user, password: await readPassword(passwordFrom) }, note: "" };
  } catch (error) {
    return { account: undefined, note: `no password: ${(error as Error).message}; ` };
  }
}

function observeRelay(tried: RelayTried, { observe }: WayPlace, note: string): Observation[] {
  if (tried.kind === "silent") {
    const evidence = `${note}${tried.why}`;
    return [observe("turn.code", null, { outcome: tried.refused ? "refused" : "timeout", evidence })];
  }
  if (tried.kind === "refused") {
    const evidence = `${note}${tried.code} ${tried.reason}`;
    return [observe("turn.code", tried.code, { evidence }), observe("turn.signed", tried.signed)];
  }
  const { allocation, relays, released } = tried;
  return [
    observe("turn.code", 0),
    observe("turn.relay", printHostPort(allocation.relayed.address, allocation.relayed.port)),
    observe("turn.lifetime", allocation.lifetime),
    observe("turn.relays", relays, { evidence: tried.relayNote }),
    observe("turn.released", released),
  ];
}
