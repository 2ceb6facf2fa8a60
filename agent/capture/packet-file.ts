import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from "node:fs";
import type { CapturedPacket } from "../../protocol/capture/captured-packet.ts";
import { encodePcapHeader, encodePcapRecord } from "../../protocol/capture/encode-pcap.ts";

/** Octets that are gathered before they are written. */
const enough = 64 * 1024;

/**
 * A pcap file that grows packet by packet, for its owner alone (mode 600). It is written while the caller waits: a slow disk
 * then holds the capture back, and what that costs is counted by the kernel, where a queue of our own would grow unseen.
 */
export class PacketFile {
  /** Packets in it. */
  count = 0;
  readonly #file: number;
  #linkType: number | undefined;
  #waiting: Buffer[] = [];
  #octets = 0;

  /** @throws what opening throws */
  constructor(path: string) {
    this.#file = openSync(path, "w", 0o600);
    // The mode above is for a new file alone. What is no file (/dev/null, a pipe) is not ours to close to others.
    if (fstatSync(this.#file).isFile()) fchmodSync(this.#file, 0o600);
  }

  /**
   * Packets of one link type alone: a pcap has no more. What comes as another is left out.
   *
   * @returns the packet's number in the file
   * @throws what writing throws
   */
  add(packet: Omit<CapturedPacket, "number">): number {
    if (this.#linkType === undefined) this.#put(encodePcapHeader(packet.linkType));
    this.#linkType ??= packet.linkType;
    if (packet.linkType !== this.#linkType) return this.count;
    this.#put(encodePcapRecord(packet));
    this.count += 1;
    return this.count;
  }

  /** An empty one is a capture, too. */
  close(): void {
    if (this.#linkType === undefined) this.#put(encodePcapHeader(1));
    this.#flush();
    closeSync(this.#file);
  }

  #put(octets: Buffer): void {
    this.#waiting.push(octets);
    this.#octets += octets.length;
    if (this.#octets >= enough) this.#flush();
  }

  #flush(): void {
    const octets = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#octets = 0;
    for (let written = 0; written < octets.length;) written += writeSync(this.#file, octets, written);
  }
}
