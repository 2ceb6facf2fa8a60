import { decodeIcmpError, type IcmpError } from "../../../protocol/icmp/decode-icmp-error.ts";
import { nativeSockets, type NativeSockets } from "./native-sockets.ts";

const inet = 2;
// SOCK_RAW, SOCK_NONBLOCK, SOCK_CLOEXEC: no tool that we start gets this right with it.
const rawWithoutWaiting = 3 | 0x800 | 0x8_0000;
const icmp = 1;
const longest = 1500;

/** Hears the ICMP errors that come to this host; takes the right to raw sockets (root, CAP_NET_RAW). */
export class IcmpListener implements Disposable {
  readonly #native: NativeSockets;
  readonly #fd: number;
  readonly #bytes = new Uint8Array(longest);

  /** undefined: not on this system, or not with these rights. */
  static open(): IcmpListener | undefined {
    const native = nativeSockets();
    const fd = native?.socket(inet, rawWithoutWaiting, icmp) ?? -1;
    return native === undefined || fd < 0 ? undefined : new IcmpListener(native, fd);
  }

  private constructor(native: NativeSockets, fd: number) {
    this.#native = native;
    this.#fd = fd;
  }

  /** What has come since it was last asked. */
  take(): IcmpError[] {
    const errors: IcmpError[] = [];
    for (;;) {
      const length = this.#native.recv(this.#fd, this.#bytes, longest, 0);
      if (Number(length) <= 0) return errors;
      const read = decodeIcmpError(this.#bytes.slice(0, Number(length)));
      if (read.ok) errors.push(read.value);
    }
  }

  [Symbol.dispose](): void {
    this.#native.close(this.#fd);
  }
}
