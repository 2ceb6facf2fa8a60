/** What a TLS peer showed, read with verification off, so that a bad certificate still yields its data. */
export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly fingerprint256: string;
  /** OpenSSL's verdict, such as `DEPTH_ZERO_SELF_SIGNED_CERT`; absent when it verified. */
  readonly verifyError?: string;
}

export interface StreamSocket extends AsyncDisposable {
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls?: TlsFacts;
  send(bytes: Uint8Array): Promise<void>;
  listen(onBytes: (bytes: Uint8Array) => void, onEnd: (error?: NodeJS.ErrnoException) => void): void;
}

export interface StreamOptions {
  readonly address: string;
  readonly port: number;
  /** TLS with this server name (SNI); absent: plain TCP. */
  readonly tls?: { readonly serverName: string };
  readonly timeout: number;
}

/** @throws NodeJS.ErrnoException ECONNREFUSED, ETIMEDOUT … as the kernel says it. */
export type OpenStream = (options: StreamOptions, signal: AbortSignal) => Promise<StreamSocket>;
