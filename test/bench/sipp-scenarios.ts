// Scenarios for sipp: the same OPTIONS that our client sends, the 200 that answers either, and a call that plays audio.

export const optionsServer = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="OPTIONS server">
  <recv request="OPTIONS"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Allow: INVITE, ACK, BYE, CANCEL, OPTIONS
Accept: application/sdp
Content-Length: 0

]]></send>
</scenario>
`;

export const optionsClient = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="OPTIONS client">
  <send retrans="500"><![CDATA[
OPTIONS sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
Max-Forwards: 70
From: <sip:offhook@[remote_ip]>;tag=[pid]c[call_number]
To: <sip:[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Contact: <sip:[local_ip]:[local_port]>
User-Agent: Offhook bench
Accept: application/sdp
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
`;

/** A call that plays this file of G.711 for as long. */
export function streamScenario(audio: string, ms: number): string {
  const head = (method: string, cseq: number, to: string) => `
${method} sip:ear@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:bench@[local_ip]>;tag=[call_number]
To: <sip:ear@[remote_ip]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:bench@[local_ip]:[local_port]>
Max-Forwards: 70`;
  return `<?xml version="1.0"?>
<scenario name="stream">
<send retrans="500"><![CDATA[${head("INVITE", 1, "")}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="200"/>
<send><![CDATA[${head("ACK", 1, "[peer_tag_param]")}
Content-Length: 0

]]></send>
<nop><action><exec rtp_stream="${audio},1,0"/></action></nop>
<pause milliseconds="${ms}"/>
<send retrans="500"><![CDATA[${head("BYE", 2, "[peer_tag_param]")}
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
`;
}
