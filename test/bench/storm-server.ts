import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { openInventory } from "../../provisioning-server/main.ts";
import { type Offhook, startOffhook } from "../end-to-end/offhook.ts";
import { freeTcpPort } from "./free-port.ts";
import type { StormTarget } from "./storm-boot.ts";
import { putStormPhones, type StormPhone } from "./storm-phones.ts";

/** What `offhook server run` needs to stand on ports that stay the same when it is started again. */
export interface StormServer {
  readonly settings: string;
  readonly data: string;
  readonly phones: readonly StormPhone[];
}

/** Puts phones into a data folder and writes the settings of a server for it. */
export async function prepareStorm(
  folder: string,
  count: number,
  addressOf: (at: number) => string,
): Promise<StormServer> {
  const data = join(folder, "data");
  await using inventory = await openInventory({ data });
  const phones = await putStormPhones(inventory, count, addressOf);
  const settings = join(folder, "server.toml");
  const [https, tftp] = [await freeTcpPort(), await freeTcpPort()];
  const door = (name: string, port: number) => `[${name}]\nhost = "127.0.0.1"\nport = ${port}\n`;
  const head = `data = "${data}"\nnames = ["localhost", "127.0.0.1"]\nlogLevel = "warn"\ndrain = 0\n`;
  await writeFile(
    settings,
    `${head}${door("phones", https)}${door("staff", 0)}${door("metrics", 0)}${door("tftp", tftp)}networks = ["127.0.0.0/8"]\n`,
  );
  return { settings, data, phones };
}

/** Starts the server, and waits until it listens. */
export async function startStormServer({
  settings,
  data,
}: StormServer): Promise<{ readonly server: Offhook; readonly target: StormTarget }> {
  const server = startOffhook(["server", "run", "--json", "--config", settings]);
  const ports = JSON.parse(await server.line(/^\{.*"phones"/)) as { phones: string; tftp: number };
  const ca = readFileSync(join(data, "certificates", "ca.pem"), "utf8");
  const target = {
    httpsPort: Number(new URL(ports.phones).port),
    tftpPort: ports.tftp,
    secureContext: createSecureContext({ ca }),
  };
  return { server, target };
}
