import { connect, type SecureVersion } from "node:tls";
import { isIP } from "node:net";
import { certificateRequestedIn } from "../../../protocol/tls/certificate-request.ts";
import { certificateWanted } from "./tls-error.ts";
import { ListenedSocket } from "./tls-listened.ts";

export const tlsVersions = [
  "TLSv1",
  "TLSv1.1",
  "TLSv1.2",
  "TLSv1.3",
] as const satisfies readonly SecureVersion[];

/** As hellos write them; of TLS 1.3 nothing behind the hello is in the clear. */
const wireVersions: Readonly<Record<SecureVersion, number>> = {
  TLSv1: 0x0301,
  "TLSv1.1": 0x0302,
  "TLSv1.2": 0x0303,
  "TLSv1.3": 0x0304,
};

export interface TlsSweep {
  readonly address: string;
  readonly port: number;
  readonly serverName: string;
  /** Of each handshake, ms. */
  readonly timeout: number;
}

export interface TlsSwept {
  /** Versions that the server goes by, each tried alone. */
  readonly versions: readonly string[];
  /** The server ended a session for want of a client certificate. */
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
    wantsCertificate: tries.some((each) => each.wantsCertificate),
  };
}

interface VersionTried {
  readonly taken: boolean;
  readonly wantsCertificate: boolean;
}

function tryVersion(
  version: SecureVersion,
  { address, port, serverName, timeout }: TlsSweep,
  signal: AbortSignal,
): Promise<VersionTried> {
  return new Promise((resolve) => {
    let taken = false;
    const wire = new ListenedSocket({ host: address, port });
    const socket = connect({
      socket: wire,
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
      wire.destroy();
      // Before 1.3 the alert may be any, and the demand stands in the clear before it.
      const asked = !taken && certificateRequestedIn(wire.heard) === wireVersions[version];
      resolve({ taken: taken || asked, wantsCertificate: asked || code === certificateWanted });
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
