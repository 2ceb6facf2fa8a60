/** What a phone publishes at the end of a call (RFC 6035), as one SIP message. */
export function publishOf({ loss = 0, event = "vq-rtcpxr", branch = "z9hG4bK1" } = {}): string {
  const body = [
    "VQSessionReport: CallTerm",
    "CallID: call-1",
    "LocalID: <sip:1001@pbx.example>",
    "RemoteID: <sip:1002@pbx.example>",
    "LocalMAC: 80:5e:c0:01:00:01",
    "LocalMetrics:",
    "Timestamps:START=2026-01-10T18:00:00Z STOP=2026-01-10T18:02:19Z",
    "SessionDesc:PT=9 PD=G722",
    `PacketLoss:NLR=${loss} JDR=0.0`,
    "Delay:RTD=40 IAJ=7",
    "QualityEst:MOSCQ=3.1",
    "RemoteMetrics:",
    "PacketLoss:NLR=0.0 JDR=0.0",
    "QualityEst:MOSCQ=4.3",
    "",
  ].join("\r\n");
  return [
    "PUBLISH sip:collector@127.0.0.1 SIP/2.0",
    `Via: SIP/2.0/UDP 127.0.0.1:5060;branch=${branch}${event};rport`,
    "Max-Forwards: 70",
    "From: <sip:1001@pbx.example>;tag=a",
    "To: <sip:collector@127.0.0.1>",
    `Call-ID: ${branch}${event}`,
    "CSeq: 1 PUBLISH",
    "Contact: <sip:1001@127.0.0.1>",
    `Event: ${event}`,
    "Content-Type: application/vq-rtcpxr",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
