import type { Disk } from "../../../agent/io/host/disk.ts";

/** What happens to one write: it goes through, stops half-way with an error, or the machine is dead from here on. */
export type Fate = "works" | "fails" | "dies";

/** Files in memory that fail, or stop for ever, in the middle of a write; what was written stays, as on a disk. */
export class MemoryDisk implements Disk {
  readonly files: Map<string, Buffer>;
  readonly #fate: () => Fate;
  readonly #part: () => number;
  #dead = false;

  /** @param part 0 ≤ x < 1: how much of a write that fails reaches the file */
  constructor(
    files = new Map<string, Buffer>(),
    fate: () => Fate = () => "works",
    part: () => number = () => 0.5,
  ) {
    this.files = files;
    this.#fate = fate;
    this.#part = part;
  }

  /** Nothing is written from here on. */
  get dead(): boolean {
    return this.#dead;
  }

  #chance(): boolean {
    if (this.#dead) throw Object.assign(new Error("dead"), { code: "EDEAD" });
    const fate = this.#fate();
    this.#dead = fate === "dies";
    return fate === "works";
  }

  #fail(): never {
    throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
  }

  async makeFolder(): Promise<void> {}

  async list(folder: string): Promise<string[]> {
    const names = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return names
      .map((path) => path.slice(folder.length + 1))
      .filter((name) => !name.includes("/"))
      .toSorted();
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path);
  }

  async readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return bytes.subarray(offset, offset + length);
  }

  async writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    const works = this.#chance();
    const written = works ? bytes : bytes.subarray(0, Math.floor(this.#part() * (bytes.length + 1)));
    const before = this.files.get(path) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, offset + written.length));
    before.copy(after);
    after.set(written, offset);
    if (written.length > 0 || before.length > 0 || works) this.files.set(path, after);
    if (!works) this.#fail();
  }

  async truncate(path: string, length: number): Promise<void> {
    if (!this.#chance()) this.#fail();
    const bytes = this.files.get(path);
    if (bytes === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    this.files.set(path, Buffer.from(bytes.subarray(0, length)));
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    if (!this.#chance()) this.#fail();
    this.files.set(path, Buffer.from(bytes));
  }

  async remove(path: string): Promise<void> {
    if (!this.#chance()) this.#fail();
    this.files.delete(path);
  }

  async free(): Promise<number> {
    return 0;
  }
}
