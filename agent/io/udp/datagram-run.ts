import { ipv4SocketAddress, mostOctets, mostSegments, type SegmentSender } from "./segment-sender.ts";

/**
 * What a socket sends in one turn: datagrams of one length to one place leave in one call, at the end of the turn at the
 * latest. IPv4 alone. Never fails: a datagram that cannot leave is lost, as on any way.
 */
export class DatagramRun {
  readonly #sender: SegmentSender;
  readonly #connected: boolean;
  readonly #bytes = Buffer.alloc(mostOctets);
  #used = 0;
  /** The length of each. */
  #segment = 0;
  #count = 0;
  #to: { readonly address: string; readonly port: number; readonly name: Uint8Array } | undefined;
  #waits = false;
  #open = true;

  constructor(sender: SegmentSender, connected: boolean) {
    this.#sender = sender;
    this.#connected = connected;
  }

  /** `bytes` may be used again at once; a connected socket's peer is the place, whatever is given here. */
  add(bytes: Uint8Array, port: number, address: string): void {
    // No datagram is larger: an answer to a very large request may be.
    if (bytes.length > mostOctets) return;
    const other = !this.#connected && (this.#to?.port !== port || this.#to.address !== address);
    const full = this.#count === mostSegments || this.#used + bytes.length > mostOctets;
    if (this.#count > 0 && (other || full || bytes.length !== this.#segment)) this.#flush();
    if (other) this.#to = { address, port, name: ipv4SocketAddress(address, port) };
    this.#bytes.set(bytes, this.#used);
    this.#segment = bytes.length;
    this.#used += bytes.length;
    this.#count += 1;
    if (this.#waits) return;
    this.#waits = true;
    queueMicrotask(() => {
      this.#waits = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#count > 0 && this.#open)
      this.#sender.send(this.#bytes, this.#used, this.#segment, this.#to?.name);
    this.#used = 0;
    this.#count = 0;
  }

  /** Sends what waits; afterwards the descriptor is somebody else's. */
  close(): void {
    this.#flush();
    this.#open = false;
  }
}
