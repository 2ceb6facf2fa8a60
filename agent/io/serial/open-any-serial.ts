import { openSerial, type OpenSerial } from "./serial.ts";
import { isTcpPort, openTcpSerial } from "./serial-tcp.ts";

/** A serial port of this machine, or one behind a terminal server (`tcp://HOST:PORT`). @throws SerialError */
export const openAnySerial: OpenSerial = (options) =>
  isTcpPort(options.path) ? openTcpSerial(options) : openSerial(options);
