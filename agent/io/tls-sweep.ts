import { connect, type SecureVersion } from "node:tls";
import { isIP } from "node:net";
import { certificateWanted } from "./tls-error.ts";

export const tlsVersions = [
  "TLSv1",
  "TLSv1.1",
  "TLSv1.2",
  "TLSv1.3",
] as const satisfies readonly SecureVersion[];

export interface TlsSweep {
  readonly address: string;
  readonly port: number;
  readonly serverName: string;
  /** Of each handshake, ms. */
  readonly timeout: number;
}

export interface TlsSwept {
  /** Versions with which a handshake comes to its end, each tried alone. */
  readonly versions: readonly string[];
  /** The server ended a session for want of a client certificate; versions before 1.3 do not say so. */
  readonly wantsCertificate: boolean;
}

/** For the alert that ends a session, after the handshake: ours is over before the server saw that no certificate came. */
const alertWithin = 1000;

/** Tries each version alone. @throws the signal's reason. */
export async function sweepTls(sweep: TlsSweep, signal: AbortSignal): Promise<TlsSwept> {
  const tries = await Promise.all(tlsVersions.map((version) => tryVersion(version, sweep, signal)));
  signal.throwIfAborted();
  return {
    versions: tlsVersions.filter((_, place) => tries[place]?.taken),
    wantsCertificate: tries.some(({ code }) => code === certificateWanted),
  };
}

interface VersionTried {
  readonly taken: boolean;
  /** OpenSSL's, of what ended it. */
  readonly code?: string | undefined;
}

function tryVersion(
  version: SecureVersion,
  { address, port, serverName, timeout }: TlsSweep,
  signal: AbortSignal,
): Promise<VersionTried> {
  return new Promise((resolve) => {
    let taken = false;
    const socket = connect({
      host: address,
      port,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      // Versions before 1.2 need SHA-1 signatures, which OpenSSL gives at this level alone.
      ciphers: "ALL:@SECLEVEL=0",
    });
    const done = (code?: string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve({ taken, code });
    };
    const onAbort = (): void => done();
    let timer = setTimeout(done, timeout);
    signal.addEventListener("abort", onAbort);
    socket.once("secureConnect", () => {
      taken = true;
      if (version !== "TLSv1.3") return done();
      clearTimeout(timer);
      timer = setTimeout(done, alertWithin);
      // RFC 5626 3.5.1: a SIP server answers this ping at once, which ends the wait.
      socket.once("data", () => done()).write("\r\n\r\n");
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => done(code)).once("close", () => done());
  });
}
