// The simulated switch as a process of its own, so that neither side of a comparison runs beside it in one thread.
// `switch-process.ts PORTS`; its first line says `{ address, port }`.
import { startSwitch } from "../fakes/switch.ts";
import { sayAndServe, startOwnProcess } from "./own-process.ts";

export const startSwitchProcess = (ports: number) =>
  startOwnProcess<{ readonly address: string; readonly port: number }>(import.meta.filename, [String(ports)]);

if (process.argv[1] === import.meta.filename) {
  const portCount = Number(process.argv[2]);
  // A phone on every port: the most that there is to read.
  const ports = Array.from({ length: portCount }, (_, at) => ({
    name: `Gi1/0/${at + 1}`,
    phone: {
      mac: `805ec000${(at + 1).toString(16).padStart(4, "0")}`,
      model: "SIP-T46U",
      firmware: "108.86.0.45",
      maker: "Yealink",
      asked: 6.5,
    },
  }));
  const { address, port } = await startSwitch({ portCount, ports });
  sayAndServe({ address, port });
}
