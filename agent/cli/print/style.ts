import { styleText } from "node:util";

/** Colours of the terminal by meaning, never the only carrier of it: words and shapes say the same. */
export interface Style {
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string) => text;
export const plainStyle: Style = { bad: same, warn: same, good: same, strong: same, faint: same };

const as = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false });
export const terminalStyle: Style = {
  bad: as("red"),
  warn: as("yellow"),
  good: as("green"),
  strong: as("bold"),
  faint: as("dim"),
};
