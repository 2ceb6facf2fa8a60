import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import { buildResponse } from "../../protocol/sip/response.ts";

const address = "127.0.0.1";

/** Takes every call at once and has its media sent to a port of somebody else's, in G.711. */
export interface Callee extends AsyncDisposable {
  readonly port: number;
}

export async function openCallee(mediaPort: number): Promise<Callee> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  const sdp = `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${mediaPort} RTP/AVP 0\r\n`;
  const contact = { name: "Contact", value: `<sip:ear@${address}:${port}>` };
  const body = { type: "application/sdp", bytes: Buffer.from(sdp) };
  socket.on("message", (bytes, from) => {
    const read = decodeSip(bytes);
    if (!read.ok || read.value.message.kind !== "request" || read.value.message.method === "ACK") return;
    const request = read.value.message;
    const parts = { code: 200, toTag: "ear", headers: [contact] };
    const answer = buildResponse(request, from, request.method === "INVITE" ? { ...parts, body } : parts);
    socket.send(encodeSip(answer), from.port, from.address);
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}
