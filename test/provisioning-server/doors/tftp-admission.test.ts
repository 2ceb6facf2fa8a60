import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission, usualAdmission } from "../../../provisioning-server/doors/tftp-admission.ts";

/** Asks for each address in turn; what begins and what is dropped is written down by name. */
function asking(limits: Partial<typeof usualAdmission>) {
  let now = 0;
  const log: string[] = [];
  const admission = new Admission({ ...usualAdmission, ...limits }, () => now);
  const ask = (name: string, address: string): void =>
    admission.ask(
      address,
      () => log.push(name),
      () => log.push(`no ${name}`),
    );
  return { admission, log, ask, pass: (ms: number) => (now += ms) };
}

test("a storm of one neighbourhood waits behind itself, and another's phone goes before it", () => {
  const { admission, log, ask } = asking({ active: 2 });
  for (const phone of [1, 2, 3, 4]) ask(`a${phone}`, `10.0.0.${phone}`);
  ask("b1", "10.0.1.1");
  ask("b2", "10.0.1.2");
  assert.deepEqual(log, ["a1", "a2"]);
  for (let end = 0; end < 4; end += 1) admission.end("10.0.0.1");
  assert.deepEqual(log, ["a1", "a2", "a3", "b1", "a4", "b2"]);
  admission.close();
});

test("one neighbourhood has its share of the places, and no more", () => {
  const { admission, log, ask } = asking({ active: 10, activePerNetwork: 2 });
  for (const phone of [1, 2, 3]) ask(`a${phone}`, `10.0.0.${phone}`);
  ask("b1", "10.0.1.1");
  assert.deepEqual(log, ["a1", "a2", "b1"]);
  assert.equal(admission.active, 3);
  admission.end("10.0.0.1");
  assert.deepEqual(log, ["a1", "a2", "b1", "a3"]);
  admission.close();
});

test("who has no token waits for one: an ACK brings it, or time", () => {
  const { admission, log, ask, pass } = asking({ unproven: { perAddress: 1, perNetwork: 10 } });
  for (const name of ["first", "second", "third"]) ask(name, "10.0.0.1");
  assert.deepEqual(log, ["first"]);
  admission.proven("10.0.0.1");
  assert.deepEqual(log, ["first", "second"]);
  assert.equal(admission.spares("10.0.0.1"), false);
  pass(1000);
  admission.end("10.0.0.1");
  assert.deepEqual(log, ["first", "second", "third"]);
  admission.close();
});

test("what waits too long, is too much, or is there at the end, is dropped", () => {
  const { admission, log, ask, pass } = asking({ active: 1, waitingPerNetwork: 2 });
  for (const name of ["a", "b", "c", "d"]) ask(name, "10.0.0.1");
  assert.deepEqual(log, ["a", "no d"]);
  pass(3000);
  ask("e", "10.0.1.1");
  admission.end("10.0.0.1");
  assert.deepEqual(log, ["a", "no d", "no b", "no c", "e"]);
  ask("f", "10.0.0.1");
  admission.close();
  assert.equal(log.at(-1), "no f");
});
