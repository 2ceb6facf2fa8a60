import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { headerValues } from "../../../protocol/sip/message.ts";
import { explainWarning } from "../../../protocol/sip/explain-response.ts";
import type { MatrixCell } from "./ask-matrix.ts";

/** Which codecs and which kinds of media protection the far end takes. */
export function observeMatrix(cells: readonly MatrixCell[], observe: Observe): Observation[] {
  const evidence = cells.map(cellText).join("; ");
  const plain = cells.filter(({ profile }) => profile === "RTP/AVP");
  const names = (accepted: boolean) =>
    plain.filter((cell) => (accepted ? cell.accepted : mediaRefused(cell))).map(({ codec }) => codec);
  const taken = cells.filter(({ accepted }) => accepted).map(({ profile }) => profile);
  return [
    observe("call.codecs.accepted", names(true), { evidence }),
    observe("call.codecs.refused", names(false)),
    observe("call.profiles.accepted", [...new Set(taken)]),
    observe("call.profiles.refused", [
      ...new Set(
        cells.filter((cell) => mediaRefused(cell) && cell.codec === "pcma").map(({ profile }) => profile),
      ),
    ]),
  ];
}

/** 488 and 606 are about media; 415 is about the description itself. */
function mediaRefused({ refusal }: MatrixCell): boolean {
  return refusal !== undefined && [488, 606, 415].includes(refusal.code);
}

function cellText({ codec, profile, accepted, refusal }: MatrixCell): string {
  if (accepted) return `${codec} ${profile}: taken`;
  if (refusal === undefined) return `${codec} ${profile}: neither rang nor refused`;
  const why = headerValues(refusal, "Warning").map((value) => explainWarning(value) ?? value);
  return `${codec} ${profile}: ${refusal.code} ${refusal.reason}${why.length === 0 ? "" : `, ${why.join(", ")}`}`;
}
