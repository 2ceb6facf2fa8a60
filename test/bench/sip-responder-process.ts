// Answers any request with 200, faster than the clients that are measured against it: the request's own lines behind a
// status line, and a tag for To. Nothing of it looks at what it was asked.
import { openUdp } from "../../agent/io/udp/udp.ts";
import { sayAndServe } from "./own-process.ts";

const status = Buffer.from("SIP/2.0 200 OK\r\n");
const tag = Buffer.from(";tag=bench");
const to = Buffer.from("\r\nTo:");
const lineEnd = Buffer.from("\r\n");

const socket = await openUdp({ localAddress: "127.0.0.1", inRuns: true, control: true });
socket.listen(
  ({ bytes, address, port }) => {
    void socket.send(answerTo(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), port, address);
  },
  () => {},
);
sayAndServe({ address: socket.localAddress, port: socket.localPort });

function answerTo(request: Buffer): Buffer {
  const start = request.indexOf(lineEnd) + lineEnd.length;
  const toEnd = request.indexOf(lineEnd, request.indexOf(to, start) + to.length);
  const answer = Buffer.allocUnsafe(status.length + request.length - start + tag.length);
  let at = status.copy(answer);
  at += request.copy(answer, at, start, toEnd);
  at += tag.copy(answer, at);
  request.copy(answer, at, toEnd);
  return answer;
}
