import { encodeTftp } from "../../../protocol/tftp/packet.ts";
import type { SendStep } from "../../../protocol/tftp/send-transfer.ts";

/** What a step sends, written out as the door does. */
export function datagrams({ state, send }: SendStep, body: Uint8Array): Uint8Array[] {
  if (send === undefined) return [];
  const { oack, terms } = state.plan;
  if (send.first === 0 && oack !== undefined) return [oack];
  return Array.from({ length: send.last - send.first + 1 }, (_, at) => {
    const start = (send.first + at - 1) * terms.blockSize;
    const data = body.subarray(start, start + terms.blockSize);
    return encodeTftp({ op: "data", block: (send.first + at) & 0xffff, data });
  });
}
