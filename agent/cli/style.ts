import { styleText } from "node:util";

/** Colours of the terminal by meaning, never the only carrier of it: words and shapes say the same. */
export interface Style {
  bad(text: string): string;
  warn(text: string): string;
  good(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
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
