import { listSerialPorts } from "../../io/serial/serial-ports.ts";
import { CliError, exitCodes } from "../exit-codes.ts";

/** The one serial port on USB that is there; it is kept by the name that stays after a replug. @throws CliError */
export async function choosePort(): Promise<string> {
  const { ports, hidCables } = await listSerialPorts();
  const usb = ports.filter((port) => port.usb);
  const [only] = usb;
  if (only !== undefined && usb.length === 1) return only.stable ?? only.path;
  if (usb.length > 1)
    throw new CliError(
      exitCodes.usage,
      `several serial ports are here: ${usb.map((port) => port.stable ?? port.path).join(", ")}`,
      "Name the one the meter is on.",
    );
  throw new CliError(
    exitCodes.unreachable,
    hidCables.length > 0
      ? `the cable ${hidCables.join(", ")} speaks USB-HID and is no serial port`
      : "no serial port on USB is here",
    hidCables.length > 0
      ? "Use the meter's RS-232 cable (UT-D02 and a serial adapter), or another meter."
      : "Plug the meter's cable in, or name the port.",
  );
}
