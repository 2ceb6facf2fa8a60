import { Type, type Static } from "typebox";

/**
 * What an observation or finding is about, as `kind:name`.
 *
 * - `network:agent-1/eth0.96` (what a phone meets there) · `address:10.1.2.30` (who has it)
 * - `path:stun.example:3478` (the way there) · `name:pbx.example` (what the resolver says of it)
 * - `phone:805ec0010001` (a MAC) · `port:sw1/7` (switch id, then the port's name as printed) · `switch:sw1`
 * - `sip:pbx.example:5060/udp` · `rtp:mirror.example:10000` · `meter:bench` · `host:agent-1` · `agent:<id>` · `server:<id>`
 */
export const Subject = Type.String({ pattern: "^[a-z]+:.+$", maxLength: 200 });
export type Subject = string;

/** How the look itself went. A phone that doesn't answer is a fact, not an exception. */
export const Outcome = Type.Union([
  Type.Literal("ok"),
  Type.Literal("timeout"), // nothing came in time
  Type.Literal("refused"), // the far side said no at transport level (ICMP, TCP reset)
  Type.Literal("unreachable"), // no route, no such name, no such device file
  Type.Literal("denied"), // credentials or permissions
  Type.Literal("garbled"), // something came that could not be read
  Type.Literal("absent"), // the far side answered and has no such thing
  Type.Literal("crashed"), // the probe itself failed: our bug
]);
export type Outcome = Static<typeof Outcome>;

export const ObservedValue = Type.Union([
  Type.String({ maxLength: 2000 }),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.String({ maxLength: 400 }), { maxItems: 200 }),
  Type.Null(),
]);
export type ObservedValue = Static<typeof ObservedValue>;

/** One measured fact. A missing observation is unknown, never false. */
export const Observation = Type.Object(
  {
    probe: Type.String({
      maxLength: 60,
      description: "who looked, such as `poe-ports`; `server` for the server's own facts",
    }),
    subject: Subject,
    key: Type.String({ maxLength: 80, description: "a key of the dictionary in observation-keys.ts" }),
    value: ObservedValue,
    unit: Type.Optional(Type.String({ maxLength: 20 })),
    at: Type.Number({ description: "when it was seen, ms since 1970 (UTC)" }),
    outcome: Outcome,
    evidence: Type.Optional(
      Type.String({
        maxLength: 4000,
        description: "what it rests on: a packet, a varbind, a frame, an error text",
      }),
    ),
  },
  { additionalProperties: false },
);
export type Observation = Static<typeof Observation>;
