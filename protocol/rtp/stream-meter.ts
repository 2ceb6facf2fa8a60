// What a receiver can say of a stream without keeping its packets: counters in place, constant memory. It comes to the
// same figures as measureReception(), which keeps the arrivals and says more.

/** RFC 3550 A.1's usual values, as in sequence.ts. */
const maxDropout = 3000;
const maxMisorder = 100;
const circle = 0x10000;
/** Numbers of which it is known whether they came: more than may be out of order. */
const windowBits = 256;

/** One stream (one SSRC one way) as its packets go by. Times in ms. */
export class StreamMeter {
  /** Ticks of the RTP timestamp per second; 0: unknown, and nothing is said of time. */
  clock: number;
  /** Different packets that came. */
  received = 0;
  duplicates = 0;
  /** Packets that came after one with a higher number. */
  reordered = 0;
  restarts = 0;
  strays = 0;
  /** Holes in the numbers when they appeared: a late packet fills its hole without closing it here. */
  holes = 0;
  /** RFC 3550 jitter after the last packet, its largest value, and the mean over the packets. */
  jitter = 0;
  maxJitter = 0;
  /** Largest time between two packets that follow each other, and when it ended. */
  maxDelta = 0;
  maxDeltaAt = 0;
  firstAt = 0;
  lastAt = 0;
  #jitterSum = 0;
  #jitterCount = 0;
  #base = 0;
  #max = 0;
  #top = -1;
  #restartAt = -1;
  #lastTimestamp = 0;
  #lastTimedAt = -1;
  readonly #seen = new Uint32Array(windowBits / 32);

  constructor(clock: number) {
    this.clock = clock;
  }

  get expected(): number {
    return this.#top === -1 ? 0 : this.#max - this.#base + 1;
  }

  get lost(): number {
    return this.expected - this.received;
  }

  /** Percent of the expected packets. */
  get lossPercent(): number {
    return this.expected === 0 ? 0 : (this.lost / this.expected) * 100;
  }

  get meanJitter(): number {
    return this.#jitterCount === 0 ? 0 : this.#jitterSum / this.#jitterCount;
  }

  /** Mean run of lost packets over that of random loss; 1 is random. From holes as they appeared. */
  get burstRatio(): number {
    if (this.lost <= 0 || this.holes === 0) return 1;
    return Math.max(1, (this.lost / this.holes) * (1 - this.lost / this.expected));
  }

  /**
   * One packet more.
   *
   * @param at when it came, ms
   * @param timed false where the timestamp does not follow the media clock (telephone-event, comfort noise, marker)
   */
  add(sequence: number, timestamp: number, at: number, timed: boolean): void {
    if (this.#top === -1) this.#begin(sequence, at);
    else if (!this.#place(sequence)) return;
    this.received += 1;
    if (at - this.lastAt > this.maxDelta) {
      this.maxDelta = at - this.lastAt;
      this.maxDeltaAt = at;
    }
    this.lastAt = at;
    if (timed && this.clock > 0) this.#time(timestamp, at);
  }

  #begin(sequence: number, at: number): void {
    this.#base = sequence;
    this.#max = sequence;
    this.#top = sequence;
    this.firstAt = at;
    this.lastAt = at;
    this.#mark(sequence);
  }

  /** False: a duplicate, or a number that fits nothing. */
  #place(sequence: number): boolean {
    const step = (sequence - this.#top + circle) % circle;
    if (step !== 0 && step < maxDropout) {
      this.#restartAt = -1;
      if (step > 1) this.holes += 1;
      this.#advance(step, sequence);
      return true;
    }
    if (step === 0 || step >= circle - maxMisorder)
      return this.#placeLate(this.#max - (step === 0 ? 0 : circle - step));
    return this.#placeFar(sequence);
  }

  #placeLate(extended: number): boolean {
    if (extended === this.#max) this.#restartAt = -1;
    if (this.#isMarked(extended)) {
      this.duplicates += 1;
      return false;
    }
    this.reordered += 1;
    if (extended < this.#base) this.#base = extended;
    this.#mark(extended);
    return true;
  }

  /** A far jump is believed when the next number follows it; the numbering then goes on without a gap. */
  #placeFar(sequence: number): boolean {
    if (this.#restartAt !== sequence) {
      this.strays += 1;
      this.#restartAt = (sequence + 1) % circle;
      return false;
    }
    this.restarts += 1;
    this.strays -= 1;
    this.#restartAt = -1;
    this.#advance(1, sequence);
    return true;
  }

  #advance(step: number, sequence: number): void {
    if (step >= windowBits) this.#seen.fill(0);
    else for (let each = this.#max + 1; each < this.#max + step; each += 1) this.#unmark(each);
    this.#max += step;
    this.#top = sequence;
    this.#mark(this.#max);
  }

  // JavaScript takes shift counts modulo 32, and the window's size is a power of two: negative numbers work as well.
  #mark(extended: number): void {
    const word = (extended & (windowBits - 1)) >>> 5;
    this.#seen[word] = (this.#seen[word] ?? 0) | (1 << (extended & 31));
  }

  #unmark(extended: number): void {
    const word = (extended & (windowBits - 1)) >>> 5;
    this.#seen[word] = (this.#seen[word] ?? 0) & ~(1 << (extended & 31));
  }

  #isMarked(extended: number): boolean {
    return ((this.#seen[(extended & (windowBits - 1)) >>> 5] ?? 0) & (1 << (extended & 31))) !== 0;
  }

  #time(timestamp: number, at: number): void {
    if (this.#lastTimedAt !== -1) {
      const sent = (((timestamp - this.#lastTimestamp) | 0) * 1000) / this.clock;
      const deviation = Math.abs(at - this.#lastTimedAt - sent);
      this.jitter += (deviation - this.jitter) / 16;
      if (this.jitter > this.maxJitter) this.maxJitter = this.jitter;
      this.#jitterSum += this.jitter;
      this.#jitterCount += 1;
    }
    this.#lastTimestamp = timestamp;
    this.#lastTimedAt = at;
  }
}
