import assert from "node:assert/strict";
import { Command } from "commander";
import { describe, it } from "node:test";
import { processContext } from "../../../agent/cli/context.ts";
import { groups } from "../../../agent/cli/groups.ts";

/** Verbs that do something, with their whole names. */
function leaves(command: Command, name: string): [string, Command][] {
  const own: [string, Command][] = command.commands.length === 0 ? [[name, command]] : [];
  return [...own, ...command.commands.flatMap((each) => leaves(each, `${name} ${each.name()}`))];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

const context = processContext();
for (const group of groups) {
  const command = new Command(group.name);
  (await group.load())(command, context);
  describe(`offhook ${group.name}`, () => {
    for (const [name, verb] of leaves(command, group.name))
      it(`${name}: its help has an example`, () => {
        assert.match(helpOf(verb), /Examples?:\n {2}.*offhook /);
      });
  });
}
