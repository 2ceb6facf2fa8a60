/** What the process says when it ends; the same in every verb (docs/commands.md has the table). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  badConfig: 3,
  problemFound: 4,
  unreachable: 5,
  refused: 6,
  store: 7,
  partly: 8,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end that is not a bug: one sentence for the person, what to do next, and the exit code. */
export class CliError extends Error {
  readonly code: ExitCode;
  readonly next: string | undefined;

  constructor(code: ExitCode, sentence: string, next?: string) {
    super(sentence);
    this.code = code;
    this.next = next;
  }
}
