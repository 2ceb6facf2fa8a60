// Scenarios for sipp: the same OPTIONS that our client sends, and the 200 that answers either.

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
