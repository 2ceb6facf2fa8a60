/** One received datagram; `at` is the monotonic receive time, ms. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly at: number;
}

export interface UdpSocket extends AsyncDisposable {
  readonly localAddress: string;
  readonly localPort: number;
  send(bytes: Uint8Array, port: number, address: string): Promise<void>;
  /** `onError` hears what ICMP told the kernel (ECONNREFUSED and the like); only a connected socket is told. */
  listen(onDatagram: (datagram: Datagram) => void, onError: (error: NodeJS.ErrnoException) => void): void;
}

export interface UdpOptions {
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Connect to this peer: then only its datagrams arrive, and ICMP errors are heard. */
  readonly peer?: { readonly address: string; readonly port: number };
}

export type OpenUdp = (options: UdpOptions) => Promise<UdpSocket>;
