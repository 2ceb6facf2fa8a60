import type { Observation, Subject } from "../../protocol/observation.ts";
import { type Incident, isActive } from "./incident.ts";
import type { SitePicture, SubjectState } from "./overview.ts";

/** What a site's phones talk to, as its agents see it: a SIP server, the far end of media, the way to a STUN server. */
export interface FarEnd {
  readonly subject: Subject;
  readonly state: SubjectState;
  /** The few figures that say most, in this order. */
  readonly figures: readonly Observation[];
  readonly incident?: { readonly id: string; readonly sentence: string };
  readonly lookedAt: number;
}

/** Kinds of subjects that are far ends, in the order in which they are listed, and what of them says most. */
const figuresOf = new Map<string, readonly string[]>([
  ["sip", ["sip.code", "sip.rtt", "sip.retrans", "tls.daysLeft"]],
  ["rtp", ["rtp.mos", "rtp.fwd.loss", "rtp.rev.loss", "rtp.loss", "rtp.jitter.rev", "rtp.rtt"]],
  ["path", ["nat.mapping", "stun.mapped", "mtu.df", "nat.life.short", "dscp.seen"]],
]);

/** The far ends that agents of this site look at; SIP first, then media, then the way. */
export function farEnds(picture: SitePicture, incidents: readonly Incident[]): FarEnd[] {
  const kinds = [...figuresOf.keys()];
  const active = incidents.filter((incident) => incident.site === picture.site.id && isActive(incident));
  const bySubject = Map.groupBy(
    picture.observations.filter(({ subject }) => figuresOf.has(kindOf(subject))),
    ({ subject }) => subject,
  );
  return [...bySubject]
    .map(([subject, observations]) => farEnd(subject, observations, picture, active))
    .toSorted(
      (a, b) =>
        kinds.indexOf(kindOf(a.subject)) - kinds.indexOf(kindOf(b.subject)) ||
        (a.subject < b.subject ? -1 : 1),
    );
}

function farEnd(
  subject: Subject,
  observations: readonly Observation[],
  picture: SitePicture,
  active: readonly Incident[],
): FarEnd {
  const own = active.find((incident) => incident.subject === subject);
  const wanted = figuresOf.get(kindOf(subject)) ?? [];
  return {
    subject,
    state: stateOf(subject, observations, picture, own),
    figures: wanted.flatMap((key) => observations.find((each) => each.key === key) ?? []),
    ...(own === undefined ? {} : { incident: { id: own.id, sentence: own.sentence } }),
    lookedAt: Math.max(...observations.map(({ at }) => at)),
  };
}

/** Without an incident it is ok when something of it was really seen; silence that nobody judged yet is unknown. */
function stateOf(
  subject: Subject,
  observations: readonly Observation[],
  { sightings }: SitePicture,
  incident: Incident | undefined,
): SubjectState {
  if (sightings.subject(subject)?.known !== true) return "unknown";
  if (incident !== undefined) return ["critical", "major"].includes(incident.severity) ? "down" : "degraded";
  return observations.some(({ outcome }) => outcome === "ok") ? "ok" : "unknown";
}

function kindOf(subject: Subject): string {
  return subject.slice(0, subject.indexOf(":"));
}
