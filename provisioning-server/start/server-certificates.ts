import { join } from "node:path";
import { ensureCertificates, type Certificates } from "../doors/certificates.ts";
import { renewCertificate } from "../doors/https-door.ts";
import type { ServerParts } from "./parts.ts";

const day = 86_400_000;

/** The server's certificates; made at first start. */
export function serverCertificates({ config }: ServerParts): Promise<Certificates> {
  const { data, names } = config;
  return ensureCertificates({ folder: join(data, "certificates"), names, now: Date.now() });
}

/** What ends within 30 days is made anew, looked at daily, and taken over without dropping a connection. */
export function watchCertificates(parts: ServerParts): void {
  parts.closing.every(day, async () => {
    const { cert, key, caPem: ca } = await serverCertificates(parts);
    for (const listener of parts.tlsListeners)
      renewCertificate(listener, { certificate: { cert, key, ca } }, Date.now());
  });
}
