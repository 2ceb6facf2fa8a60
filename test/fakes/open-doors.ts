import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { ensureCertificates } from "../../provisioning-server/doors/certificates.ts";
import type { Sent } from "../../provisioning-server/doors/door.ts";
import { buildHttpsDoor, type TlsFailure } from "../../provisioning-server/doors/https-door.ts";
import { buildTftpDoor, type TftpDoorOptions } from "../../provisioning-server/doors/tftp-door.ts";

export interface OpenDoors extends AsyncDisposable {
  /** `https://127.0.0.1:PORT/` */
  readonly https: string;
  /** `tftp://127.0.0.1:PORT/` */
  readonly tftp: string;
  readonly httpsPort: number;
  readonly tftpPort: number;
  readonly caPem: string;
  /** The CA as a file. */
  readonly caFile: string;
  readonly requests: PhoneRequest[];
  readonly records: { readonly request: PhoneRequest; readonly sent: Sent }[];
  readonly tlsFailures: TlsFailure[];
  readonly crashes: unknown[];
}

/** Both doors of the server on loopback, with an answer of the test's own. */
export async function openDoors(
  answer: (request: PhoneRequest) => Answer,
  tftpOptions: Partial<TftpDoorOptions> = {},
): Promise<OpenDoors> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-doors-"));
  const certificates = await ensureCertificates({
    folder,
    names: ["127.0.0.1", "localhost"],
    now: Date.now(),
  });
  const log = { requests: [], records: [], tlsFailures: [], crashes: [] } as Pick<
    OpenDoors,
    "requests" | "records" | "tlsFailures" | "crashes"
  >;
  const options = {
    answer: async (request: PhoneRequest) => {
      log.requests.push(request);
      return answer(request);
    },
    record: (request: PhoneRequest, _answer: Answer, sent: Sent) => log.records.push({ request, sent }),
    crash: (error: unknown) => log.crashes.push(error),
  };
  const httpsDoor = buildHttpsDoor({
    ...options,
    certificate: { cert: certificates.cert, key: certificates.key, ca: certificates.caPem },
    recordTlsError: (failure) => log.tlsFailures.push(failure),
  });
  const tftpDoor = buildTftpDoor({ ...options, listed: () => true, ...tftpOptions });
  const https = await httpsDoor.listen({ host: "127.0.0.1", port: 0 });
  const { port: tftpPort } = await tftpDoor.listen({ host: "127.0.0.1", port: 0 });
  return {
    ...log,
    https: `${https}/`,
    httpsPort: Number(new URL(https).port),
    tftp: `tftp://127.0.0.1:${tftpPort}/`,
    tftpPort,
    caPem: certificates.caPem,
    caFile: join(folder, "ca.pem"),
    async [Symbol.asyncDispose]() {
      await Promise.all([httpsDoor.close(), tftpDoor.close(1000)]);
      await rm(folder, { recursive: true });
    },
  };
}

/** An answer that holds a file. */
export function fileAnswer(
  name: string,
  body: Uint8Array,
  contentType = "text/plain; charset=utf-8",
): Answer {
  const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
  const file = { name, contentType, body, etag, secret: false };
  return { outcome: "file", identity: { file: "config" }, claim: "public", file };
}

export const noAnswer: Answer = {
  outcome: "unknown-device",
  identity: { file: "unknown" },
  reason: "not in the test",
  remedy: "none",
};
