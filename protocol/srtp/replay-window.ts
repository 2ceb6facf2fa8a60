/** Which of the last 64 indexes came (RFC 3711 3.3.2): a packet that is played again, or too old to tell, is refused. */
export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint8Array(64);

  /** May this index come? Asked before its tag is checked, so that a flood of repeats costs nothing. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    return this.#highest - index < this.#seen.length && this.#seen[index % this.#seen.length] === 0;
  }

  /** The index came and its tag was right. */
  take(index: number): void {
    const size = this.#seen.length;
    if (index - this.#highest >= size) this.#seen.fill(0);
    else for (let each = this.#highest + 1; each < index; each += 1) this.#seen[each % size] = 0;
    this.#seen[index % size] = 1;
    this.#highest = Math.max(this.#highest, index);
  }
}
