import { systemClock } from "./clock.ts";
import { readHost } from "./host/host.ts";
import type { AgentIo } from "./io.ts";
import { openLink } from "./udp/link-socket.ts";
import { fetchAsPhone } from "./fetch/phone-fetch.ts";
import { resolve } from "./resolve.ts";
import { openRtp, sendRtp } from "./rtp/rtp-sender.ts";
import { openAnySerial } from "./serial/open-any-serial.ts";
import { openSipRecords } from "./sip/sip-records.ts";
import { createSnmpOpener } from "./snmp.ts";
import { openStream } from "./stream/stream.ts";
import { openUdp } from "./udp/udp.ts";

/** The real things. */
export function systemIo(): AgentIo {
  return {
    clock: systemClock,
    openUdp,
    openStream,
    openLink,
    openSnmp: createSnmpOpener(systemClock),
    openSerial: openAnySerial,
    readHost,
    fetchAsPhone,
    openRtp,
    sendRtp,
    resolve,
    openSipRecords,
    say: () => {},
  };
}
