import type { DoorOptions } from "./door.ts";

export interface TftpDoorOptions extends DoorOptions {
  /** Is this address in a listed network? Nobody else gets a single octet. `matchNetworks` makes one from CIDR blocks. */
  readonly listed: (address: string) => boolean;
  /** Answer from the listening port (containers, NAT) instead of a port per transfer (RFC 1350). */
  readonly singlePort?: boolean;
}

export interface TftpDoor {
  /** @throws EADDRINUSE, EACCES … as the kernel says it. */
  listen(where: { readonly host: string; readonly port: number }): Promise<{ address: string; port: number }>;
  /** Takes no new requests, lets transfers end, at most `within` ms (default 25,000). */
  close(within?: number): Promise<void>;
}

export function buildTftpDoor(_options: TftpDoorOptions): TftpDoor {
  throw new Error("not built yet");
}
