import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { pauseOn, type PauseEnd } from "./idle/pause-on.ts";
import { lifeOf, narrow, nextPauses, type LifeBracket } from "./pinhole/pauses.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";
import type { AgentIo } from "../io/io.ts";

const IdleSettings = Type.Object(
  {
    transport: Type.Enum(["tcp", "tls"], { default: "tcp", description: "how the connection is made" }),
    most: Type.Number({
      minimum: 2,
      maximum: 3600,
      default: 300,
      description: "the longest pause to try, in seconds; the look takes twice as long at most",
    }),
  },
  { additionalProperties: false },
);
type IdleSettings = Static<typeof IdleSettings>;
type IdleIo = WayIo & Pick<AgentIo, "openStream">;

const points = 10;

/** How long a silent TCP or TLS connection to a SIP server lives. */
export const idle: Probe<typeof IdleSettings, IdleIo> = {
  name: "idle",
  verb: "idle",
  about: "how long a silent TCP or TLS connection to a SIP server lives, by many connections side by side",
  target: "HOST[:PORT]",
  example: "offhook diag idle pbx.example:5061 --transport tls --most 600",
  settings: IdleSettings,
  async run(target, settings, io, signal) {
    const defaultPort = settings.transport === "tls" ? 5061 : 5060;
    const found = await findPlace(target, { probe: "idle", key: "idle.most", defaultPort }, io);
    return found.ok ? measure(found.place, settings, io, signal) : found.observations;
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["idle.end", "and then it is"],
        // The longest that it survived is the answer itself where none ended.
        ...(observations.some(({ key }) => key === "idle.life")
          ? ([["idle.most", "survives a pause of"]] as const)
          : []),
      ],
      [
        ["idle.life", (life) => `a silent connection dies after about ${life}`],
        ["idle.most", (most) => `a silent connection survives ${most}, the longest pause tried`],
      ],
    ),
};

async function measure(
  place: WayPlace,
  settings: IdleSettings,
  io: IdleIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { observe } = place;
  const first = await pauseOn({ place, io, transport: settings.transport, pause: 0 }, signal);
  if (first !== "answered") {
    const evidence = `no SIP answer over ${settings.transport} even at once (${first})`;
    return [observe("idle.most", null, { outcome: "timeout", evidence })];
  }
  io.say(`waiting up to ${settings.most} s on ${points} connections at once`);
  const step = settings.most / points;
  let bracket: LifeBracket = { alive: 0 };
  let end: PauseEnd | undefined;
  let pauses = Array.from({ length: points }, (_, place_) => step * (place_ + 1));
  for (; pauses.length > 0; pauses = nextPauses(bracket)) {
    const tried = await Promise.all(
      pauses.map(async (pause) => ({
        pause,
        result: await pauseOn({ place, io, transport: settings.transport, pause }, signal),
      })),
    );
    bracket = narrow(
      bracket,
      tried.map(({ pause, result }) => ({ pause, alive: result === "answered" })),
    );
    end = tried.find(({ result }) => result !== "answered")?.result ?? end;
  }
  const life = lifeOf(bracket);
  return [
    observe("idle.most", Number(bracket.alive.toFixed(1))),
    ...(life === undefined ? [] : [observe("idle.life", life), observe("idle.end", end ?? "silent")]),
  ];
}
