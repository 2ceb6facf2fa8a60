// Every packet of a capture asks for its flow. The key is read from the header's octets as three 32-bit words: no string
// and no object is made for a packet whose flow is known.

/** Finds the flow of an IPv4 UDP packet: source, destination, both ports. Open addressing, linear probing. */
export class FlowTable<Flow> {
  #keys: Uint32Array;
  #flows: (Flow | undefined)[];
  #mask: number;
  #count = 0;

  constructor(capacity = 1024) {
    this.#keys = new Uint32Array(capacity * 3);
    this.#flows = Array.from({ length: capacity });
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#count;
  }

  get(source: number, destination: number, ports: number): Flow | undefined {
    return this.#flows[this.#slot(source, destination, ports)];
  }

  set(source: number, destination: number, ports: number, flow: Flow): void {
    const slot = this.#slot(source, destination, ports);
    if (this.#flows[slot] === undefined) this.#count += 1;
    this.#flows[slot] = flow;
    this.#keys[slot * 3] = source;
    this.#keys[slot * 3 + 1] = destination;
    this.#keys[slot * 3 + 2] = ports;
    if (this.#count * 2 > this.#mask) this.#grow();
  }

  clear(): void {
    this.#flows.fill(undefined);
    this.#count = 0;
  }

  /** Where the key stands, or the free place where it belongs. */
  #slot(source: number, destination: number, ports: number): number {
    const keys = this.#keys;
    let hash = Math.imul(source ^ Math.imul(destination, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ ports, 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 16)) & this.#mask;
    while (
      this.#flows[slot] !== undefined &&
      !(keys[slot * 3] === source && keys[slot * 3 + 1] === destination && keys[slot * 3 + 2] === ports)
    )
      slot = (slot + 1) & this.#mask;
    return slot;
  }

  #grow(): void {
    const [keys, flows] = [this.#keys, this.#flows];
    const capacity = flows.length * 2;
    this.#keys = new Uint32Array(capacity * 3);
    this.#flows = Array.from({ length: capacity });
    this.#mask = capacity - 1;
    this.#count = 0;
    for (const [index, flow] of flows.entries())
      if (flow !== undefined)
        this.set(keys[index * 3] ?? 0, keys[index * 3 + 1] ?? 0, keys[index * 3 + 2] ?? 0, flow);
  }
}
