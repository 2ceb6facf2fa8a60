import type { NativeSockets } from "./native-sockets.ts";

// Tells when descriptors have something to read that Node was told not to read. One wait for all of them stands in one
// thread of libuv's pool, again and again while anybody listens; it ends soon by itself, as a process that exits waits
// for it.

const waitMs = 100;
const most = 64;
const pollIn = 1;
const add = 1;
// struct epoll_event is packed on x86-64 alone.
const event = process.arch === "x64" ? { size: 12, data: 4 } : { size: 16, data: 8 };

export class Readiness {
  readonly #native: NativeSockets;
  readonly #epoll: number;
  readonly #events;
  readonly #listeners = new Map<number, () => void>();
  #last = 0;
  #waiting = false;

  constructor(native: NativeSockets) {
    this.#native = native;
    const closeOnExec = 0x8_0000;
    this.#epoll = native.epollCreate(closeOnExec);
    this.#events = native.memory(most * event.size);
  }

  /**
   * Calls `read` on this thread whenever there is something, until told to stop; false when the kernel does not watch it.
   * Descriptors are numbers that come again: stop before this one is another's.
   */
  watch(fd: number, read: () => void): (() => void) | false {
    this.#last += 1;
    const id = this.#last;
    const wanted = Buffer.alloc(event.size);
    wanted.writeUInt32LE(pollIn, 0);
    wanted.writeUInt32LE(id, event.data);
    if (this.#native.epollCtl(this.#epoll, add, fd, wanted) !== 0) return false;
    this.#listeners.set(id, read);
    this.#wait();
    return () => this.#listeners.delete(id);
  }

  #wait(): void {
    if (this.#waiting || this.#listeners.size === 0) return;
    this.#waiting = true;
    this.#native.epollWait(this.#epoll, this.#events.address, most, waitMs, (count) => this.#tell(count));
  }

  #tell(count: number): void {
    this.#waiting = false;
    const { bytes } = this.#events;
    const ready = Array.from({ length: Math.max(0, count) }, (_, i) =>
      bytes.readUInt32LE(i * event.size + event.data),
    );
    try {
      for (const id of ready) this.#listeners.get(id)?.();
    } finally {
      this.#wait();
    }
  }
}
