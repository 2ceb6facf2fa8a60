import { systemClock } from "./clock.ts";
import { readHost } from "./host.ts";
import type { AgentIo } from "./io.ts";
import { openLink } from "./link-socket.ts";
import { fetchAsPhone } from "./phone-fetch.ts";
import { resolve } from "./resolve.ts";
import { openRtp, sendRtp } from "./rtp-sender.ts";
import { openAnySerial } from "./open-any-serial.ts";
import { openSipRecords } from "./sip-records.ts";
import { createSnmpOpener } from "./snmp.ts";
import { openStream } from "./stream.ts";
import { openUdp } from "./udp.ts";

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
