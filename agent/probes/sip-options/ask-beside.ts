import { Value } from "typebox/value";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { askOnce, type AskedOnce } from "../sip-agent/ask-once.ts";
import type { PlaceIo } from "../sip-agent/open-place.ts";
import { stun } from "../stun.ts";

const stunSettings = Value.Parse(stun.settings, Value.Default(stun.settings, {}));

/** Where SIP servers usually listen; few enough that nobody takes it for a scan. */
const usualDoors: readonly (readonly [SipTransport, number])[] = [
  ["udp", 5060],
  ["tcp", 5060],
  ["tls", 5061],
  ["udp", 5080],
  ["tcp", 5080],
];

interface BesideParts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly domain: string;
  /** STUN server that tells a blocked port from a dead line; absent: the host's own, if it has one. */
  readonly stun: string | undefined;
  readonly timers: TransactionTimers;
  readonly observe: Observe;
}

/**
 * What else is open at the host: asked to tell a blocked port from a dead server (rows N3 and N8 of the matrix). Of a server
 * that answers, only whether it also answers our port 5060. @throws the signal's reason.
 */
export async function askBeside(
  parts: BesideParts,
  answered: boolean,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  if (answered) return observeFrom5060(await askFrom5060(parts, parts.port, io, signal), undefined, parts);
  io.say("no answer: asking its other ports");
  const doors = usualDoors.filter(
    ([transport, port]) => transport !== parts.transport || port !== parts.port,
  );
  const [asked, from5060, there] = await Promise.all([
    Promise.all(
      doors.map(async ([transport, port]) => {
        const place = placeOf(parts, transport, port);
        return { door: `${transport} ${port}`, ...(await askOnce(place, parts.timers, io, signal)) };
      }),
    ),
    askFrom5060(parts, parts.port, io, signal),
    askStun(parts, io, signal),
  ]);
  const alive = asked.filter(({ word }) => word === "answers").map(({ door }) => door);
  // The fourth combination of source and destination port; both from 5060 at once would be one socket.
  const other = Number(alive.find((door) => door.startsWith("udp "))?.slice(4));
  const across = Number.isNaN(other) ? undefined : await askFrom5060(parts, other, io, signal);
  const crossed = across === undefined ? undefined : `to port ${other} from 5060: ${across.word}`;
  return [
    parts.observe(
      "sip.ports",
      asked.map(({ door, said }) => `${door}: ${said}`),
    ),
    parts.observe("sip.ports.alive", alive),
    ...observeFrom5060(from5060, crossed, parts),
    ...there,
  ];
}

function placeOf({ host, address, domain }: BesideParts, transport: SipTransport, port: number) {
  return { host, transport, address, port, serverName: domain };
}

/** Undefined over TCP and TLS, whose source port no device on the way looks at. */
async function askFrom5060(
  parts: BesideParts,
  port: number,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<AskedOnce | undefined> {
  if (parts.transport !== "udp") return undefined;
  return askOnce({ ...placeOf(parts, "udp", port), localPort: 5060 }, parts.timers, io, signal);
}

function observeFrom5060(
  asked: AskedOnce | undefined,
  crossed: string | undefined,
  { observe }: BesideParts,
): Observation[] {
  if (asked === undefined) return [];
  const { word, said } = asked;
  const evidence = [`from our port 5060: ${said}`, crossed].filter((each) => each !== undefined).join("; ");
  if (word === "port-in-use") return [observe("sip.from5060", null, { outcome: "absent", evidence })];
  return [observe("sip.from5060", word, { evidence })];
}

/** The host's own STUN server, of which nobody said that there is one, counts only when it answers. */
async function askStun(parts: BesideParts, io: PlaceIo, signal: AbortSignal): Promise<Observation[]> {
  const observations = await stun.run(parts.stun ?? parts.host, stunSettings, io, signal);
  const works = observations.some(({ key, value }) => key === "stun.ok" && value === true);
  return parts.stun !== undefined || works ? observations : [];
}
