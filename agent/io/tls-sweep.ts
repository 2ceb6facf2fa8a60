import { connect, type SecureVersion } from "node:tls";
import { isIP } from "node:net";

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

/** The versions with which a handshake comes to its end, each tried alone. @throws the signal's reason. */
export async function sweepTls(sweep: TlsSweep, signal: AbortSignal): Promise<string[]> {
  const taken = await Promise.all(tlsVersions.map((version) => takes(version, sweep)));
  signal.throwIfAborted();
  return tlsVersions.filter((_, place) => taken[place]);
}

function takes(version: SecureVersion, { address, port, serverName, timeout }: TlsSweep): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      // Versions before 1.2 need SHA-1 signatures, which OpenSSL gives at this level alone.
      ciphers: "ALL:@SECLEVEL=0",
      timeout,
    });
    const done = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("secureConnect", () => done(true)).once("timeout", () => done(false));
    socket.on("error", () => done(false)).once("close", () => resolve(false));
  });
}
