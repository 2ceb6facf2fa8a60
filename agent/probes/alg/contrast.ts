import { alteredFields } from "../../../protocol/alg/altered-fields.ts";
import type { AgentIo } from "../../io/io.ts";
import { pauseOn } from "../idle/pause-on.ts";
import { readEcho } from "../../mirror/mirror-echo.ts";
import type { WayIo, WayPlace } from "../way/place.ts";
import { alteredInAnswer, isTurnedBack } from "./judge-answers.ts";
import { sendMessage, type AlgExchange, type AlgVariant } from "./send-message.ts";

// The same messages by other ways: an ALG knows SIP by its port, as a rule, and cannot look into TLS.

/** The same message by another way, such as from our port 5060. */
export interface AlgWay {
  readonly name: string;
  readonly place: WayPlace;
  readonly localPort?: number;
}

export interface WayTried {
  readonly name: string;
  readonly exchanges: readonly AlgExchange[];
  /** undefined: no answer, or none that tells. */
  readonly altered: boolean | undefined;
}

/** Sends what shows an ALG by one way; one after the other, for a port that is chosen carries one at a time. */
export async function tryWay(
  { name, place, localPort }: AlgWay,
  variants: { readonly own: AlgVariant; readonly foreign: AlgVariant; readonly call: AlgVariant },
  io: WayIo,
  signal: AbortSignal,
): Promise<WayTried> {
  const send = (variant: AlgVariant) => {
    const named = { ...variant, name: `${variant.name} ${name}` };
    return sendMessage(place, named, io, signal, localPort);
  };
  try {
    const own = await send(variants.own);
    if (own.answer === undefined) return { name, exchanges: [own], altered: undefined };
    const mirrored = readEcho(own.answer) !== undefined;
    const other = await send(mirrored ? variants.call : variants.foreign);
    const exchanges = [own, other];
    return { name, exchanges, altered: isAltered(exchanges, mirrored ? false : isTurnedBack(own, other)) };
  } catch (error) {
    // The port is another's, such as a phone's program on this machine.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { name, exchanges: [], altered: undefined };
  }
}

/** Was anything altered in these? `turnedBack` as the answers alone tell it. */
export function isAltered(
  exchanges: readonly AlgExchange[],
  turnedBack: boolean | undefined,
): boolean | undefined {
  const touched = exchanges.some((exchange) => {
    const echo = exchange.answer === undefined ? undefined : readEcho(exchange.answer);
    return (
      alteredInAnswer(exchange).length > 0 ||
      (echo !== undefined && alteredFields(exchange.sent, echo).length > 0)
    );
  });
  if (touched) return true;
  return exchanges.some(({ answer }) => answer === undefined) ? undefined : turnedBack;
}

/** Does SIP over TLS answer there? Nothing between can alter what it cannot read. */
export async function answersOverTls(
  place: WayPlace,
  io: WayIo & Pick<AgentIo, "openStream">,
  signal: AbortSignal,
): Promise<boolean> {
  return (await pauseOn({ place, io, transport: "tls", pause: 0 }, signal)) === "answered";
}
