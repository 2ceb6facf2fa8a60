import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadJudge } from "../../../provisioning-server/start/load-watch.ts";

const after = (judge: LoadJudge, ...seconds: number[]) => {
  for (const lateness of seconds) judge.hear(lateness);
  return judge.overloaded;
};

test("LoadJudge puts work off after five late seconds in a row, and until five come half as late", () => {
  const judge = new LoadJudge();
  assert.equal(after(judge, 500, 500, 500, 500), false);
  assert.equal(after(judge, 10), false, "one good second begins anew");
  assert.equal(after(judge, 201, 300, 5000, 201), false);
  assert.equal(after(judge, 201), true);
  assert.equal(after(judge, 150, 150, 150, 150, 150, 150), true, "late, though less than before");
  assert.equal(after(judge, 90, 90, 90, 90, 150, 90, 90, 90, 90), true);
  assert.equal(after(judge, 90), false);
  assert.equal(judge.pressed, true, "felt by nobody, and full all the same");
  judge.hear(49);
  assert.equal(judge.pressed, false);
});
