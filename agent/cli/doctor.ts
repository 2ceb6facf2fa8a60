import type { Command } from "commander";
import type { CliContext } from "./context.ts";
export function doctor(command: Command, context: CliContext): void {
  void command;
  void context;
}
