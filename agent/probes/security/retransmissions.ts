import { isIP } from "node:net";

export interface RetransmissionSummary {
  /** Lines that speak of one. */
  readonly lines: number;
  /** Whom the server sent to again, as `address times`, most first. */
  readonly peers: readonly string[];
  /** Messages that it gave up. */
  readonly givenUp: number;
}

const mostPeers = 5000;
const shown = 20;

// Asterisk: `Retransmitting #3 (no NAT) to 192.0.2.7:5060:` and `Retransmission timeout reached on transmission …`;
// Kamailio's tm and other stacks write the word, and mostly the address after `to`.
const spoken = /retransmi(?:t|ssion)/i;
const peer = /retransmi\w*.{0,80}?\bto\s+(?:udp:|tcp:|tls:)?\[?([0-9a-f.:]+?)\]?(?::\d{1,5})?:?(?=[\s,;]|$)/i;
const gaveUp = /retransmission timeout reached|maximum retries exceeded on transmission/i;

/** What a SIP server's log says of messages that it had to send again: their answers do not come back. */
export class Retransmissions {
  readonly #peers = new Map<string, number>();
  #lines = 0;
  #givenUp = 0;

  add(line: string): void {
    const text = line.slice(0, 4000);
    const isGivenUp = gaveUp.test(text);
    if (isGivenUp) this.#givenUp += 1;
    if (!isGivenUp && !spoken.test(text)) return;
    this.#lines += 1;
    const address = peer.exec(text)?.[1] ?? "";
    if (isIP(address) === 0) return;
    if (this.#peers.size < mostPeers || this.#peers.has(address))
      this.#peers.set(address, (this.#peers.get(address) ?? 0) + 1);
  }

  summary(): RetransmissionSummary {
    const peers = [...this.#peers].toSorted(([, a], [, b]) => b - a).slice(0, shown);
    return {
      lines: this.#lines,
      peers: peers.map(([address, times]) => `${address} ${times}`),
      givenUp: this.#givenUp,
    };
  }
}
