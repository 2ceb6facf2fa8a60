import type { Command } from "commander";
import type { CliContext } from "./context.ts";
export function diag(command: Command, context: CliContext): void {
  void command;
  void context;
}
