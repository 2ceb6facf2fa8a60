/** What a key means: its unit, and one sentence. Rules read only keys that stand here; a test holds both sides together. */
export interface KeyAbout {
  readonly unit?: string;
  readonly about: string;
}

const key = (about: string, unit?: string): KeyAbout => (unit === undefined ? { about } : { about, unit });

/** The observation dictionary. Subjects are named in observation.ts; who looks is the probe's business. */
export const observationKeys = {
  // power, per port:<switch>/<name>
  "poe.state": key("off, searching, delivering, fault, test, denied, unknown"),
  "poe.admin": key("may the port power (true, false)"),
  "poe.class": key("802.3 class 0–8; only while delivering"),
  "poe.watts": key("drawn power", "W"),
  "poe.watts.alloc": key("power set aside for the port", "W"),
  "poe.priority": key("critical, high, low"),
  "poe.denied": key("how often the budget refused this port since it started counting", "n"),
  // per switch:<id>
  "poe.budget": key("power the switch can give to all ports", "W"),
  "poe.budget.used": key("power its ports draw or have set aside, as the switch counts it", "W"),
  "poe.budget.free": key("power left", "W"),
  "switch.name": key("sysName"),
  "switch.about": key("sysDescr"),
  "switch.uptime": key("time since its start", "s"),
  "switch.snmp": key("answers SNMP (true); outcome says how it failed otherwise"),
  // meter:<id>; `meter.place` says what it measures: a port or a phone subject
  "dmm.volts": key("volts on the pairs", "V"),
  "dmm.mode": key("what the meter is set to: DC volts, AC volts, ohms …"),
  "dmm.age": key("age of the last reading", "s"),
  "dmm.flags": key("flags of the reading: hold, low-battery, overload …"),
  "dmm.place": key("the subject whose pairs the leads are on, such as `port:sw1/7`"),
  "dmm.end": key("which end of the cable is measured: switch or phone"),
  // link, per port
  "link.up": key("the port has link"),
  "link.admin": key("the port is switched on"),
  "link.speed": key("speed", "Mbit/s"),
  "link.duplex": key("full, half, unknown"),
  "link.flaps": key("link changes per hour, as seen between looks", "1/h"),
  "link.lastChange": key("time since link last changed", "s"),
  "link.fcs": key("damaged frames received, per million", "ppm"),
  "link.lateCol": key("late collisions since the last look", "n"),
  "link.discards": key("frames thrown away, per million sent", "ppm"),
  // what hangs on the port
  "port.phone": key("MAC of the phone on this port"),
  "port.phone.by": key("how we know: lldp-med, cdp, lldp, mac-table"),
  "port.phone.model": key("model as the phone names itself to the switch"),
  "port.phone.firmware": key("firmware as the phone names itself to the switch"),
  "port.neighbour": key("name of what is attached, phone or not"),
  "lldp.poe.asked": key("power the phone asks for", "W"),
  "lldp.voiceVlan": key("voice VLAN the switch announces"),
  // network
  "dhcp.option66": key("provisioning address handed out by DHCP"),
  // provisioning, per phone:<mac>, mostly from the server's trace
  "prov.lastFetch": key("when the phone last asked for a config", "ms"),
  "prov.status": key("answer to its last config request: file, no-such-file, unknown-device, denied"),
  "prov.reason": key("why it was refused, in plain words"),
  "prov.file": key("the file it asked for"),
  "prov.interval": key("median time between boots (config fetches) in the last hour", "s"),
  "prov.boots": key("boots (first file of a boot sequence) in the last hour", "n"),
  "prov.tlsError": key("why TLS failed"),
  "prov.nearest": key("known MAC nearest to an unknown one (one digit apart, or two swapped)"),
  "prov.fetch": key("the agent fetched the config as this phone would: true, or how it failed"),
  "prov.fetch.door": key("door used by the fetch"),
  "prov.rtt": key("time of that fetch", "ms"),
  "prov.bytes": key("size of the file fetched", "bytes"),
  "phone.registered": key("the phone is registered at its SIP server"),
  // names
  "dns.error": key("the resolver's code, such as ENOTFOUND"),
  // SIP, per sip:<host>:<port>/<transport>
  "sip.code": key("final response code"),
  "sip.reason": key("reason phrase"),
  "sip.warning": key("Warning header"),
  "sip.retryAfter": key("Retry-After", "s"),
  "sip.server": key("Server or User-Agent of the answer"),
  "sip.rtt": key("round trip; upper bound when a retransmit was sent", "ms"),
  "sip.retrans": key("requests sent again", "n"),
  "sip.icmp": key("what ICMP or TCP said: port-unreachable, reset, host-unreachable"),
  "sip.via.received": key("our address as the server saw it"),
  "sip.via.rport": key("our port as the server saw it"),
  "sip.auth.stage": key("none, challenged, sent, stale, refused, ok"),
  "sip.defects": key("what the answer does against the RFC"),
  "sip.transport": key("udp, tcp, tls"),
  "sip.size": key("size of the request", "bytes"),
  "sip.large": key("a request of over 1300 bytes is answered (true, false)"),
  "tls.version": key("negotiated TLS version"),
  "tls.cipher": key("negotiated cipher"),
  "tls.names": key("names in the certificate"),
  "tls.nameMatch": key("the certificate is for the name we asked for"),
  "tls.daysLeft": key("days until the certificate ends", "d"),
  "tls.chain": key("ok, or why the chain does not verify"),
  // RTP, per rtp:<host>:<port>; fwd is from here to the far end, rev is back
  "rtp.fwd.sent": key("packets sent to the far end", "n"),
  "rtp.fwd.recv": key("of those, how many the far end says it got", "n"),
  "rtp.fwd.loss": key("loss on the way there", "%"),
  "rtp.rev.sent": key("packets the far end sent back", "n"),
  "rtp.rev.recv": key("of those, how many came", "n"),
  "rtp.rev.loss": key("loss on the way back", "%"),
  "rtp.jitter.fwd": key("RFC 3550 jitter on the way there", "ms"),
  "rtp.jitter.rev": key("RFC 3550 jitter on the way back", "ms"),
  "rtp.rtt": key("round trip, median", "ms"),
  "rtp.reorder": key("packets out of order", "n"),
  "rtp.dup": key("packets twice", "n"),
  "rtp.late": key("packets later than a 60 ms jitter buffer", "%"),
  "rtp.r": key("E-model rating R"),
  "rtp.mos": key("MOS by the E-model, narrowband, conversational"),
  "rtp.mos.basis": key("what the score stands on: codec, loss, delay, jitter buffer"),
  "rtp.burst": key("burst ratio; 1 is random loss"),
  "rtp.codec": key("codec of the stream"),
  // this host
  "host.kernel": key("kernel release"),
  "host.os": key("distribution and version"),
  "host.openssl": key("OpenSSL of this Node"),
  "host.openssl.system": key("OpenSSL of the system"),
  "host.sysctl.rmem_max": key("net.core.rmem_max", "bytes"),
  "host.sysctl.wmem_max": key("net.core.wmem_max", "bytes"),
  "host.sysctl.udp_mem": key("net.ipv4.udp_mem, three numbers of pages"),
  "host.udp.rcvbufErrors": key("datagrams lost to full receive buffers since the last look", "n"),
  "host.fileMode": key("files whose mode is wider than 640, as `640 root:offhook /path`"),
  "host.load": key("load average over one minute, per core"),
  "host.cpu": key("processor use", "%"),
  "host.memory.free": key("memory available", "bytes"),
  "host.loopDelay": key("event loop delay p99 of the agent", "ms"),
  "clock.offset": key("this clock against the server's", "ms"),
  // the agent itself
  "agent.lastHeard": key("time since the agent was last heard", "s"),
} as const satisfies Record<string, KeyAbout>;

export type ObservationKey = keyof typeof observationKeys;
