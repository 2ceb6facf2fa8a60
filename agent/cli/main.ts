import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { FolderUnusable } from "../io/host/make-folder.ts";
import { processContext, type CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { groups, type Group } from "./groups.ts";

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

async function buildProgram(context: CliContext, word: string | undefined): Promise<Command> {
  const program = new Command("offhook")
    .description("Desk phones plug in and work; when they don't, somebody knows why in a minute.")
    .version(version())
    // Options before the verb are the program's, those after it the verb's own: a probe may have a --version.
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for the whole story)")
    .showSuggestionAfterError()
    .exitOverride()
    // Verbs take this setting over: all that is wrong begins alike.
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "offhook: ")) })
    .addHelpText(
      "after",
      "\nStart here:\n  offhook demo      a whole simulated site, in your browser\n  offhook doctor    what is wrong at this place?\n",
    );
  for (const group of groups) await addGroup(program, group, context, word);
  return program;
}

async function addGroup(
  program: Command,
  group: Group,
  context: CliContext,
  word: string | undefined,
): Promise<void> {
  const command = program.command(group.name).description(group.about).exitOverride();
  command.copyInheritedSettings(program);
  if (group.name === word) (await group.load())(command, context);
}

function explain(context: CliContext, error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has already written its message; help and version end well.
    context.end(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
    return;
  }
  if (error instanceof CliError) {
    context.say(`offhook: ${error.message}`);
    if (error.next !== undefined) context.say(`  ${error.next}`);
    context.end(error.code);
    return;
  }
  if (error instanceof FolderUnusable) {
    context.say(`offhook: ${error.message}`);
    context.end(exitCodes.store);
    return;
  }
  if (context.signal.aborted) return;
  context.say(
    `offhook: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  context.end(exitCodes.failed);
}

const context = processContext();
const words = process.argv.slice(2);
try {
  const word = words.find((argument) => !argument.startsWith("-"));
  const program = await buildProgram(context, word === "help" ? words[words.indexOf("help") + 1] : word);
  if (words.length === 0) program.outputHelp();
  else await program.parseAsync(words, { from: "user" });
} catch (error) {
  explain(context, error);
}
