import { decoded, mismatch, type Decoded } from "../decoded.ts";

// RFC 4733 section 2.3, the payload of a key that is pressed:
//
//   |     event     |E|R|  volume   |          duration             |

export interface TelephoneEvent {
  /** 0–9 are the digits, 10 `*`, 11 `#`, 12–15 A–D. */
  readonly event: number;
  /** The key was let go. */
  readonly end: boolean;
  /** −dBm0, 0–63. */
  readonly volume: number;
  /** Since the timestamp of the packet, in its ticks. */
  readonly duration: number;
}

/** Reads the first event of a payload; what is not a whole one is refused. */
export function decodeTelephoneEvent(payload: Uint8Array): Decoded<TelephoneEvent> {
  if (payload.length < 4) return mismatch("length", "4 octets", String(payload.length));
  const [event = 0, flags = 0, high = 0, low = 0] = payload;
  return decoded({ event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: (high << 8) | low });
}

export function encodeTelephoneEvent({ event, end, volume, duration }: TelephoneEvent): Uint8Array {
  const flags = (end ? 0x80 : 0) | (volume & 0x3f);
  return Uint8Array.of(event & 0xff, flags, (duration >> 8) & 0xff, duration & 0xff);
}

const keys = "0123456789*#ABCD";

/** A packet of a stream that carries a key instead of audio. */
export interface EventPacket {
  /** Its place in the stream, 0 for the first packet. */
  readonly number: number;
  /** The first of its key. */
  readonly marker: boolean;
  /** Place in the stream of the key's first packet, whose timestamp all of them carry. */
  readonly since: number;
  readonly payload: Uint8Array;
}

export interface KeyPlan {
  readonly packets: readonly EventPacket[];
  /** Keys that found room. */
  readonly keys: string;
}

export interface KeyTiming {
  /** Of one packet. */
  readonly ms: number;
  readonly ticks: number;
  /** Packets of the stream before `last` may carry keys, from `first` on. */
  readonly first: number;
  readonly last: number;
}

const pressedMs = 100;
const pauseMs = 100;
// RFC 4733 2.5.1.4: the end is sent three times, as nobody repeats what is lost.
const endCopies = 2;
const volume = 10;

/** Keys one after the other, 100 ms each with a pause of 100 ms, in the places of audio packets. */
export function planKeys(digits: string, { ms, ticks, first, last }: KeyTiming): KeyPlan {
  const pressed = Math.ceil(pressedMs / ms);
  const each = pressed + endCopies + Math.ceil(pauseMs / ms);
  const fitting = Array.from(digits).slice(0, Math.max(0, Math.floor((last - first) / each)));
  const packets = fitting.flatMap((key, i) => {
    const since = first + i * each;
    const event = keys.indexOf(key);
    return Array.from({ length: pressed + endCopies }, (_, step) => ({
      number: since + step,
      marker: step === 0,
      since,
      payload: encodeTelephoneEvent({
        event,
        end: step >= pressed - 1,
        volume,
        duration: Math.min(step + 1, pressed) * ticks,
      }),
    }));
  });
  return { packets, keys: fitting.join("") };
}

/** The keys in packets of events, in the order in which they were pressed. A key is one timestamp, however often it is sent. */
export function readKeys(
  packets: readonly { readonly timestamp: number; readonly payload: Uint8Array }[],
): string {
  const seen = new Set<number>();
  let read = "";
  for (const { timestamp, payload } of packets) {
    const event = decodeTelephoneEvent(payload);
    if (!event.ok || seen.has(timestamp)) continue;
    seen.add(timestamp);
    read += keys[event.value.event] ?? "?";
  }
  return read;
}
