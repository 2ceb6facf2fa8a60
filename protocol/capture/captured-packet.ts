/** One packet of a capture, as the file tells it. */
export interface CapturedPacket {
  /** From 1, as tshark and Wireshark count. */
  readonly number: number;
  /** Milliseconds since 1970, with fractions; kept to about 0.3 µs. */
  readonly at: number;
  /** What `data` begins with: a LINKTYPE_ value of the tcpdump registry, such as 1 for Ethernet. */
  readonly linkType: number;
  /** What was kept: a view into the chunk it came in. */
  readonly data: Buffer;
  /** Octets on the wire; above `data.length` where the capture cut packets short (tcpdump -s). */
  readonly length: number;
}
