import { readFile } from "node:fs/promises";

/** The network card that the default route leaves by, on Linux; undefined: there is none. */
export async function defaultCard(): Promise<string | undefined> {
  try {
    const [, ...lines] = (await readFile("/proc/net/route", "utf8")).split("\n");
    const routes = lines.map((line) => line.split("\t"));
    return routes.find(
      ([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000",
    )?.[0];
  } catch {
    return undefined;
  }
}
