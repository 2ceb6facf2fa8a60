/** One thing wrong in the profiles: the file, the path in it, what was expected, what stands there. */
export interface ProfileProblem {
  readonly file: string;
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** All problems at once; the program prints them and does not start. */
export class ProfileProblems extends Error {
  readonly problems: readonly ProfileProblem[];
  constructor(problems: readonly ProfileProblem[]) {
    super(problems.map((p) => `${p.file} ${p.path}: expected ${p.expected}, found ${p.found}`).join("\n"));
    this.name = "ProfileProblems";
    this.problems = problems;
  }
}
