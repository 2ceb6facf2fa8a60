import { Type, type Static } from "typebox";
import { alteredFields, placesNaming, type AlteredField } from "../../protocol/alg/altered-fields.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import { readEcho } from "../mirror/mirror-echo.ts";
import { askInward } from "./alg/ask-inward.ts";
import { answersOverTls, isAltered, tryWay, type WayTried } from "./alg/contrast.ts";
import { alteredInAnswer, isTurnedBack, receivedOf } from "./alg/judge-answers.ts";
import { showAlg } from "./alg/show-alg.ts";
import { sendMessage, type AlgExchange, type AlgVariant } from "./alg/send-message.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { observeLeaks } from "./sip-options/observe-leaks.ts";

const AlgSettings = Type.Object(
  {
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to ask from, such as the one in the voice VLAN",
      }),
    ),
    otherPort: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      default: 5080,
      description: "another SIP port (UDP) of the far end, to see whether it escapes what alters the first",
    }),
    tlsPort: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      default: 5061,
      description: "its port for SIP over TLS, to see whether that is a way out",
    }),
  },
  { additionalProperties: false },
);
type AlgSettings = Static<typeof AlgSettings>;
type AlgIo = WayIo & Pick<AgentIo, "openStream">;

const plain: AlgVariant = { name: "OPTIONS", method: "OPTIONS" };
/** An address of RFC 5737 that nobody has. */
const foreign: AlgVariant = {
  name: "OPTIONS that came by another",
  method: "OPTIONS",
  sentBy: "192.0.2.77:5099",
};
const rare: AlgVariant = { name: "OPTIONS in rare forms", method: "OPTIONS", rareForms: true };
const call: AlgVariant = { name: "INVITE", method: "INVITE" };
/** For a mirror alone: other servers would take them for calls and logins. */
const forMirror: readonly AlgVariant[] = [
  { name: "REGISTER", method: "REGISTER" },
  call,
  { name: "INVITE in rare forms", method: "INVITE", rareForms: true },
];

/** Does something on the way rewrite SIP? With an offhook mirror field by field; with any SIP server by what it repeats. */
export const alg: Probe<typeof AlgSettings, AlgIo> = {
  name: "alg",
  verb: "alg",
  about:
    "find a SIP ALG on the way and list what it alters; with an offhook mirror all fields, else by answers",
  target: "HOST[:PORT]",
  example: "offhook diag alg mirror.example:5060",
  settings: AlgSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const found = await findPlace(
      target,
      { probe: "alg", key: "alg.fields", defaultPort: 5060, localAddress },
      io,
    );
    if (!found.ok) return found.observations;
    const { place } = found;
    const send = (variant: AlgVariant) => sendMessage(place, variant, io, signal);
    const [own, other, odd] = await Promise.all([send(plain), send(foreign), send(rare)]);
    if (own.answer === undefined && other.answer === undefined) {
      const evidence = "no answer to any OPTIONS";
      return [place.observe("alg.fields", null, { outcome: "timeout", evidence })];
    }
    const mirrored = [own, other, odd].some(
      ({ answer }) => answer !== undefined && readEcho(answer) !== undefined,
    );
    const more = mirrored ? await Promise.all(forMirror.map(send)) : [];
    const usual = [own, other, odd, ...more];
    const turnedBack = isTurnedBack(own, other);
    const from5060 = await tryWay({ name: "from port 5060", place, localPort: 5060 }, variants, io, signal);
    const altered = isAltered(usual, turnedBack);
    const from = altered === false ? "from a port other than 5060" : `to port ${place.port}`;
    // What is altered from any port is no matter of 5060.
    const ways = [{ name: from, altered }, ...(altered === true ? [] : [from5060])];
    const out =
      altered === true || from5060.altered === true ? await waysOut(place, settings, io, signal) : [];
    const inward = mirrored ? await askInward(place, io, signal) : undefined;
    return [
      ...observeInward(inward, place),
      ...observeAlg([...usual, ...from5060.exchanges], turnedBack, mirrored, place),
      ...observeWays([...ways, ...out], place),
    ];
  },
  show: showAlg,
};

type WayJudged = Pick<WayTried, "name" | "altered">;

/** Asked only where something is altered: which other ways a phone could take. */
async function waysOut(
  place: WayPlace,
  { otherPort, tlsPort }: AlgSettings,
  io: AlgIo,
  signal: AbortSignal,
): Promise<WayJudged[]> {
  const there = { ...place, port: otherPort };
  const [other, tls] = await Promise.all([
    otherPort === place.port
      ? undefined
      : tryWay({ name: `to port ${otherPort}`, place: there }, variants, io, signal),
    answersOverTls({ ...place, port: tlsPort }, io, signal),
  ]);
  return [...(other === undefined ? [] : [other]), ...(tls ? [{ name: tlsWay, altered: false }] : [])];
}

const tlsWay = "over TLS";
const variants = { own: plain, foreign, call };

/** An escape is named only beside a way that is altered. */
function observeWays(ways: readonly WayJudged[], { observe }: WayPlace): Observation[] {
  const names = (altered: boolean) => ways.filter((way) => way.altered === altered).map(({ name }) => name);
  const touched = names(true);
  const evidence = ways
    .map(
      ({ name, altered }) =>
        `${name}: ${altered === undefined ? "not told" : altered ? "altered" : "unaltered"}`,
    )
    .join("; ");
  return [
    observe("alg.touched", touched, { evidence }),
    ...(touched.length === 0 ? [] : [observe("alg.escapes", names(false), { evidence })]),
  ];
}

function observeAlg(
  exchanges: readonly AlgExchange[],
  turnedBack: boolean | undefined,
  mirrored: boolean,
  { observe, address }: WayPlace,
): Observation[] {
  const altered = exchanges.flatMap(alteredIn);
  const left = exchanges.flatMap(leftIn);
  const blocked = exchanges.filter(({ answer }) => answer === undefined).map(({ variant }) => variant.name);
  const saw = exchanges.map(
    ({ variant, answer }) => `${variant.name}: received ${receivedOf(answer) ?? "not told"}`,
  );
  return [
    observe(
      "alg.fields",
      [...new Set(altered)].slice(0, 50).map((each) => each.slice(0, 400)),
    ),
    ...(turnedBack === undefined
      ? []
      : [observe("alg.reverse", turnedBack, { evidence: saw.slice(0, 2).join("; ") })]),
    observe("alg.left", [...new Set(left)]),
    ...observeLeaks(
      exchanges.flatMap(({ answer }) => (answer === undefined ? [] : [answer])),
      address,
      observe,
    ),
    observe("alg.blocked", blocked),
    observe("alg.by", mirrored ? "mirror" : "answers"),
  ];
}

/** A call that comes in from the mirror, compared with what it sent. */
function observeInward(inward: Awaited<ReturnType<typeof askInward>>, { observe }: WayPlace): Observation[] {
  if (inward === undefined) return [];
  if (inward !== "silent")
    return [
      observe(
        "alg.inbound",
        inward.slice(0, 50).map((each) => printAltered(each).slice(0, 400)),
      ),
    ];
  const evidence = "the mirror takes the question, and its INVITE does not arrive";
  return [observe("alg.inbound", null, { outcome: "timeout", evidence })];
}

function alteredIn(exchange: AlgExchange): string[] {
  const echo = exchange.answer === undefined ? undefined : readEcho(exchange.answer);
  if (echo === undefined) return alteredInAnswer(exchange);
  return [...alteredFields(exchange.sent, echo).map(printAltered), ...alteredInAnswer(exchange)];
}

/** A header's line has its name before it already. */
function printAltered({ field, sent, seen }: AlteredField): string {
  const value = (line: string | undefined) =>
    line === undefined ? "none" : line.trim().replace(/^[\w-]+\s*[:=]\s*/, "");
  return `${field}: ${value(sent)} → ${value(seen)}`;
}

/** What a rewriting device forgot; where nothing was altered a private address is the server's to see to. */
function leftIn({ sent, answer, local }: AlgExchange): string[] {
  const echo = answer === undefined ? undefined : readEcho(answer);
  if (echo === undefined || alteredFields(sent, echo).length === 0) return [];
  return placesNaming(echo, local.address);
}
