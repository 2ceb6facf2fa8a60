import { once } from "node:events";
import { type IncomingMessage, request as startRequest } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as startTls, type TLSSocket } from "node:tls";
import { type DoorFetched, largestFile, type PhoneFetchFailure } from "./phone-fetched.ts";
import { tlsErrorWords } from "../tls/tls-error.ts";
import { tlsFacts } from "../tls/tls-facts.ts";

export interface HttpFetch {
  readonly door: "https" | "http" | "tftp";
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly userAgent: string | undefined;
  readonly ca: string | undefined;
  readonly checkCertificate: boolean;
}

type Stage = PhoneFetchFailure["stage"];

/** One GET on a connection of its own, step by step, so that a failure says at which step. */
export async function fetchOverHttp(what: HttpFetch, limit: AbortSignal): Promise<DoorFetched> {
  let stage: Stage = "connect";
  let shown: Pick<DoorFetched, "tls" | "tlsNameMatch"> = {};
  const socket = connect({ host: what.address, port: what.port });
  socket.on("error", () => {}); // heard by whoever waits for a step; between steps by nobody
  let open: Socket = socket;
  try {
    await once(socket, "connect", { signal: limit });
    if (what.door === "https") {
      stage = "tls";
      const secure = await secureSocket(socket, what, limit);
      open = secure;
      // In this order: in Node 24, getPeerX509Certificate (of tlsFacts) hands the certificate out once.
      const tlsNameMatch = checkServerIdentity(what.host, secure.getPeerCertificate()) === undefined;
      shown = { tls: tlsFacts(secure), tlsNameMatch };
      const verdict = shown.tls?.verifyError;
      if (what.checkCertificate && verdict !== undefined) return { ...shown, failure: distrust(verdict) };
    }
    stage = "answer";
    return { ...shown, ...(await ask(open, what, limit)) };
  } catch (error) {
    return { ...shown, failure: failureOf(error, stage, limit) };
  } finally {
    open.destroy();
    socket.destroy();
  }
}

async function secureSocket(socket: Socket, what: HttpFetch, limit: AbortSignal): Promise<TLSSocket> {
  const secure = startTls({
    socket,
    // Verification off, so that a bad certificate still yields its data; the caller looks at the verdict.
    rejectUnauthorized: false,
    ...(isIP(what.host) === 0 ? { servername: what.host } : {}),
    ...(what.ca === undefined ? {} : { ca: what.ca }),
  });
  secure.on("error", () => {});
  await once(secure, "secureConnect", { signal: limit });
  return secure;
}

async function ask(socket: Socket, what: HttpFetch, limit: AbortSignal): Promise<DoorFetched> {
  const standard = what.door === "https" ? 443 : 80;
  const name = what.host.includes(":") ? `[${what.host}]` : what.host;
  const request = startRequest({
    createConnection: () => socket,
    path: what.path,
    signal: limit,
    headers: {
      host: what.port === standard ? name : `${name}:${what.port}`,
      connection: "close",
      ...(what.userAgent === undefined ? {} : { "user-agent": what.userAgent }),
    },
  });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > largestFile) throw new Error(`the answer is larger than ${largestFile} octets`);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts) };
}

function failureOf(error: unknown, stage: Stage, limit: AbortSignal): PhoneFetchFailure {
  const { code = "GARBLED", message } = error as NodeJS.ErrnoException;
  if (stage === "tls" && !limit.aborted)
    return { stage, code, message: tlsErrorWords(error as NodeJS.ErrnoException) };
  if (limit.aborted) return { stage, code: "ETIMEDOUT", message: lateWords[stage] };
  // An HTTP parser's code says what came was no HTTP.
  return { stage, code: code.startsWith("HPE_") ? "GARBLED" : code, message };
}

const lateWords: Readonly<Record<Stage, string>> = {
  name: "the resolver did not answer in time",
  connect: "the connection did not come up in time",
  tls: "the TLS handshake did not end in time",
  answer: "the answer did not come in time",
};

const verdictWords: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the CA that signed the certificate is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the CA that signed the certificate is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "the CA that signed the certificate is not known here",
  SELF_SIGNED_CERT_IN_CHAIN: "the CA that signed the certificate is not trusted here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is signed by itself",
  CERT_HAS_EXPIRED: "the certificate has run out",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
};

function distrust(code: string): PhoneFetchFailure {
  return { stage: "tls", code, message: verdictWords[code] ?? `the certificate does not verify: ${code}` };
}
