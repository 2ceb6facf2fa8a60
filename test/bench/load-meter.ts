/** How long a load ran, and how much of its core the generator (this process) used of that. */
export class LoadMeter {
  readonly #from = performance.now();
  readonly #cpu = process.cpuUsage();

  read(): { readonly seconds: number; readonly loadBusy: number } {
    const seconds = (performance.now() - this.#from) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    return { seconds, loadBusy: Math.min(1, (user + system) / 1e6 / seconds) };
  }
}
