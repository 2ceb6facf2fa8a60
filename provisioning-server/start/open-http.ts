import type { AddressInfo } from "node:net";
import { acmePath } from "../doors/acme.ts";
import type { Certificates } from "../doors/certificates.ts";
import type { DoorOptions } from "../doors/door.ts";
import { buildHttpDoor } from "../doors/http-door.ts";
import { openFiles } from "../doors/https-door.ts";
import type { ServerParts } from "./parts.ts";
import { watchAcme } from "./phone-tls.ts";
import { shutOut } from "./shut-out.ts";

/** Opens the door of plain HTTP where the settings want it: bootstrap, and answers to an ACME authority; its port. */
export async function openHttp(
  parts: ServerParts,
  door: DoorOptions,
  { cert, key, caPem: ca, rsa }: Certificates,
): Promise<number | undefined> {
  const { config, guard, closing } = parts;
  const { enabled, host, port } = config.phones.http;
  const answers = new Map<string, string>();
  if (!enabled) return undefined;
  const fixed = openFiles({ cert, key, ca, rsa: { ...rsa, ca: rsa.caPem } });
  const http = buildHttpDoor({
    ...door,
    via: "http",
    open: {
      get(path: string) {
        const answer = path.startsWith(acmePath) ? answers.get(path.slice(acmePath.length)) : undefined;
        return answer === undefined ? fixed.get(path) : () => ({ type: "text/plain", body: answer });
      },
    },
  });
  shutOut(http, guard, "http");
  closing.push(() => http.close());
  await http.listen({ host, port });
  watchAcme(parts, answers);
  return (http.server.address() as AddressInfo).port;
}
