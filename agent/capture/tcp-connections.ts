import type { TcpSegment } from "../../protocol/capture/decode-transport.ts";
import { TcpDirection } from "../../protocol/capture/tcp-direction.ts";
import { emptyStream, stepStream, type StreamState } from "../../protocol/sip/stream-framing.ts";
import type { Passage } from "./seen-message.ts";
import { startsSip } from "./starts-sip.ts";

interface Direction {
  readonly octets: TcpDirection;
  kind: "unknown" | "sip" | "other";
  stream: StreamState;
}

/** Directions kept at once; the one that began first goes first. */
const most = 20_000;

/** Puts SIP on TCP together again, whatever the port. */
export class TcpConnections {
  readonly #directions = new Map<string, Direction>();
  /** Endpoints that speak TLS: what is in it cannot be read here. */
  readonly tls = new Set<string>();

  /** The messages that are whole with this segment. */
  take(segment: TcpSegment, { source, destination }: Passage): Buffer[] {
    const key = `${source} ${destination}`;
    if (segment.flags.rst) this.#directions.delete(key);
    const direction = this.#directions.get(key) ?? this.#open(key);
    if (direction.kind === "other" && !segment.flags.syn) return [];
    if (segment.flags.syn) direction.kind = "unknown";
    const messages = direction.octets
      .add(segment)
      .flatMap(({ octets, gap }) => this.#read(direction, octets, gap, destination));
    if (segment.flags.fin) this.#directions.delete(key);
    return messages;
  }

  #open(key: string): Direction {
    const [oldest] = this.#directions.keys();
    if (oldest !== undefined && this.#directions.size >= most) this.#directions.delete(oldest);
    const direction: Direction = { octets: new TcpDirection(), kind: "unknown", stream: emptyStream };
    this.#directions.set(key, direction);
    return direction;
  }

  /** After a gap, or where the capture begins within a connection, the next message is waited for. */
  #read(direction: Direction, octets: Buffer, gap: number, destination: string): Buffer[] {
    if (gap > 0 || direction.stream.broken) {
      direction.stream = emptyStream;
      direction.kind = "unknown";
    }
    if (direction.kind === "unknown") direction.kind = this.#kindOf(octets, destination);
    if (direction.kind !== "sip") return [];
    const { state, pieces } = stepStream(direction.stream, octets);
    direction.stream = state;
    return pieces.flatMap((piece) => (piece.kind === "message" ? [Buffer.from(piece.bytes)] : []));
  }

  #kindOf(octets: Buffer, destination: string): Direction["kind"] {
    const text = octets.subarray(0, 4).every((octet) => octet === 0x0d || octet === 0x0a)
      ? octets.subarray(octets.length)
      : octets;
    if (text.length === 0) return "unknown";
    if (startsSip(octets)) return "sip";
    // RFC 8446 5.1: a handshake record. Its answer comes from the server.
    if (octets[0] === 0x16 && octets[1] === 3 && octets[5] === 1 && this.tls.size < 1000)
      this.tls.add(destination);
    return "other";
  }
}
