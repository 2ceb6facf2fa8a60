import type { Dialogue } from "./dialogue.ts";

/** All OPTIONS from one endpoint to another, together: a pinger's thousand looks are one line. Times in ms. */
export interface OptionsLook {
  readonly source: string;
  readonly destination: string;
  readonly sent: number;
  readonly answered: number;
  /** Final codes, each once. */
  readonly codes: readonly number[];
  readonly meanRtt: number | null;
  readonly maxRtt: number | null;
  /** Packets of requests that nobody answered; the first ten. */
  readonly silent: readonly number[];
}

export function optionsLooks(dialogues: readonly Dialogue[]): OptionsLook[] {
  const byWay = Map.groupBy(
    dialogues.flatMap(({ exchanges }) => exchanges),
    ({ source, destination }) => `${source} ${destination}`,
  );
  return [...byWay.values()].map((exchanges) => {
    const answered = exchanges.filter(({ final }) => final !== undefined);
    const times = answered.map(({ at, final }) => (final?.at ?? at) - at);
    return {
      source: exchanges[0]?.source ?? "",
      destination: exchanges[0]?.destination ?? "",
      sent: exchanges.length,
      answered: answered.length,
      codes: [...new Set(answered.map(({ final }) => final?.code ?? 0))],
      meanRtt: times.length === 0 ? null : times.reduce((a, b) => a + b, 0) / times.length,
      maxRtt: times.length === 0 ? null : Math.max(...times),
      silent: exchanges
        .filter(({ final }) => final === undefined)
        .map(({ number }) => number)
        .slice(0, 10),
    };
  });
}
