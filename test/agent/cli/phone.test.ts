import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../../agent/cli/bin.js", import.meta.url));

const ownProfiles = fileURLToPath(new URL("../../../firmware-profiles", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** The real command in a process of its own, on a data folder of its own. */
describe("offhook phone and offhook site", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "offhook-cli-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function offhook(words: readonly string[], input = ""): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...words], {
        env: { ...process.env, OFFHOOK_DATA: join(folder, "data"), NO_COLOR: "1" },
      });
      let out = "";
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, said }));
      // A verb that fails at once may be gone before its stdin is written.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  }
  async function json(words: readonly string[], input = ""): Promise<Record<string, unknown>[]> {
    const ended = await offhook([...words, "--json"], input);
    assert.equal(ended.code, 0, ended.said);
    return ended.out
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Record<string, unknown> => JSON.parse(line));
  }

  test("a phone without a site is refused, with what to do", async () => {
    const ended = await offhook(["phone", "add", "805ec0010001", "--model", "T46U"]);
    assert.equal(ended.code, 1);
    assert.equal(ended.out, "");
    assert.match(ended.said, /site: expected a site, found nothing\n {2}`offhook site add ID` makes one\./);
  });

  test("site add, set with a secret from stdin, window, list, show", async () => {
    const [made] = await json(["site", "add", "berlin", "--name", "Berlin", "--network", "10.1.2.0/24"]);
    assert.deepEqual(made, {
      id: "berlin",
      tenant: "default",
      name: "Berlin",
      networks: ["10.1.2.0/24"],
      settings: {},
    });
    await json(["site", "set", "berlin", "line.server.host", "pbx.example"]);
    await json(["site", "set", "berlin", "access.adminPassword", "-"], "planted-site\n");
    const [open] = await json(["site", "window", "berlin", "--for", "1h"]);
    assert.equal(typeof open?.["windowUntil"], "number");
    const shown = await offhook(["site", "show", "berlin"]);
    assert.match(shown.out, /access\.adminPassword = ••••/);
    assert.match(shown.out, /line\.server\.host = pbx\.example/);
    const plain = await offhook(["site", "list", "--plain"]);
    assert.match(plain.out, /^SITE\tNAME\tNETWORKS\tWINDOW\nberlin\tBerlin\t10\.1\.2\.0\/24\topen until /);
    assert.equal((await offhook(["site", "window", "berlin", "--for", "soon"])).code, 2);
  });

  test("phone add takes secrets from stdin and refuses them as words", async () => {
    const refused = await offhook([
      "phone",
      "add",
      "805ec0010001",
      "--model",
      "T46U",
      "--set",
      "line1.password=planted",
    ]);
    assert.equal(refused.code, 2);
    assert.match(refused.said, /is a secret and does not belong on a command line/);
    assert.doesNotMatch(refused.said, /planted/);
    const words = [
      "phone",
      "add",
      "80:5e:c0:01:00:01",
      "--model",
      "t46u",
      "--ext",
      "0201",
      "--settings",
      "-",
    ];
    const [added] = await json(words, "line1.password=planted-one\ntime.zone=Europe/Berlin\n");
    assert.equal(added?.["change"], "added");
    assert.doesNotMatch(JSON.stringify(added), /planted/);
    const same = await offhook(words, "line1.password=planted-one\ntime.zone=Europe/Berlin\n");
    assert.equal(same.out, "80:5e:c0:01:00:01 unchanged: yealink T46U at berlin\n");
  });

  test("phone import tells every problem with its line, stores nothing, and exits 1; --dry-run 4; --keep-going 8", async () => {
    const csv = join(folder, "bad.csv");
    writeFileSync(
      csv,
      "mac,model,ext,password\n805ec0010002,T46U,0202,planted-two\n8.05E+11,T46U,1,planted-three\n805ec0010004,T999,1,\n",
    );
    const ended = await offhook(["phone", "import", csv]);
    assert.equal(ended.code, 1);
    assert.match(
      ended.said,
      /line 3, column mac: expected a MAC address .*, found 8\.05E\+11\n {2}A spreadsheet took it/,
    );
    assert.match(ended.said, /line 4, column model: .*found T999/);
    assert.match(ended.said, /nothing stored: 1 added, 2 refused/);
    assert.doesNotMatch(ended.said + ended.out, /planted/);
    assert.equal((await offhook(["phone", "import", csv, "--dry-run"])).code, 4);
    assert.equal((await json(["phone", "list"])).length, 1);
    const partly = await offhook(["phone", "import", csv, "--keep-going", "--plain"]);
    assert.equal(partly.code, 8);
    assert.equal(
      partly.out,
      "LINE\tMAC\tRESULT\tCHANGES\n2\t805ec0010002\tadded\t\n3\t8.05E+11\trefused\t\n4\t805ec0010004\trefused\t\n",
    );
    assert.equal((await json(["phone", "list"])).length, 2);
  });

  test("phone import --json tells with each row what is wrong in it, and no secret", async () => {
    const table = "mac,model,ext,password\n805ec0010004,T46U,204,hush\n805ec001000,T46U,205,hush\n";
    const ended = await offhook(["phone", "import", "-", "--dry-run", "--json"], table);
    assert.equal(ended.code, 4);
    const [right, wrong] = ended.out
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
    assert.deepEqual([right?.["line"], right?.["mac"], right?.["result"]], [2, "805ec0010004", "added"]);
    assert.deepEqual(right?.["changes"], [
      { setting: "vendor", to: "yealink" },
      { setting: "model", to: "T46U" },
      { setting: "site", to: "berlin" },
      { setting: "line1.user", to: "204" },
      { setting: "line1.password", to: "••••" },
    ]);
    assert.deepEqual(wrong, {
      line: 3,
      mac: "805ec001000",
      result: "refused",
      changes: [],
      problems: [
        {
          place: "line 3, column mac",
          expected: "a MAC address of 12 hex digits, in any usual form",
          found: "805ec001000",
          line: 3,
          column: "mac",
        },
      ],
    });
    const header = await offhook(["phone", "import", "-", "--json"], "mac,modl\n805ec0010004,T46U\n");
    assert.match(header.out, /^\{"problems":\[\{"place":"line 1, column modl"/);
    assert.doesNotMatch(ended.out + ended.said + header.out, /hush/);
  });

  test("phone import refuses a table in another encoding than UTF-8, with what to do", async () => {
    const file = join(folder, "latin1.csv");
    writeFileSync(file, Buffer.from("mac,model,label\n805ec0010004,T46U,B\u00fcro\n", "latin1"));
    const ended = await offhook(["phone", "import", file]);
    assert.equal(ended.code, 1);
    assert.match(ended.said, /expected text in UTF-8, found bytes of another encoding\n {2}Save it as UTF-8/);
  });

  test("a secret on the command line of phone add is refused, and the way it names is one that phone add has", async () => {
    const ended = await offhook([
      "phone",
      "add",
      "805ec0010004",
      "--model",
      "T46U",
      "--set",
      "line1.password=hush",
    ]);
    assert.equal(ended.code, 2);
    assert.match(ended.said, /Give the line line1\.password=VALUE on stdin with `--settings -`/);
    assert.doesNotMatch(ended.said, /hush/);
  });

  test("the first site of a folder makes its store and says so, once", async () => {
    const nowhere = join(folder, "nowhere");
    const first = await offhook(["site", "add", "north", "--data", nowhere]);
    assert.match(
      first.said,
      /no store was in .*nowhere: a new, empty one was made \(`--data` names another folder\)/,
    );
    assert.equal((await offhook(["site", "list", "--data", nowhere])).said, "");
  });

  test("phone import reads stdin, and phone list --csv is read back unchanged", async () => {
    const rows = await json(["phone", "import", "-"], "mac;model;ext\n805ec0010003;T46U;0203\n");
    assert.deepEqual(
      rows.map((row) => [row["line"], row["mac"], row["result"]]),
      [[2, "805ec0010003", "added"]],
    );
    const table = await offhook(["phone", "list", "--csv"]);
    assert.match(table.out, /0203/);
    const again = await json(["phone", "import", "-"], table.out);
    assert.deepEqual(new Set(again.map((row) => row["result"])), new Set(["unchanged"]));
  });

  test("phone set says what a setting takes, and the nearest name of one that is none", async () => {
    const bounds = await offhook(["phone", "set", "805ec0010001", "line1.server.port", "70000"]);
    assert.equal(bounds.code, 1);
    assert.match(bounds.said, /line1\.server\.port: expected a whole number from 0 to 65535, found 70000/);
    const typo = await offhook(["phone", "set", "805ec0010001", "time.zome", "x"]);
    assert.match(typo.said, /such as time\.zone, found time\.zome/);
    const set = await offhook(["phone", "set", "805ec0010001", "line1.server.port", "5070"]);
    assert.match(set.said, /changed: revision 2/);
  });

  test("a change is shown before it is made, kept for later, listed with its reason, and taken back", async () => {
    const groups = await json(["phone", "set", "805ec0010001", "time.zone", "Asia/Tokyo", "--dry-run"]);
    assert.deepEqual(groups[0]?.["phones"], ["805ec0010001"]);
    const [plan] = await json([
      "phone",
      "set",
      "805ec0010001",
      "language",
      "fr",
      "--later",
      "--reason",
      "moved",
    ]);
    assert.equal(plan?.["state"], "planned");
    const id = String(plan?.["id"]);
    assert.equal((await offhook(["change", "apply", id])).code, 0);
    const [newest] = await json(["change", "list", "--limit", "1"]);
    assert.deepEqual([newest?.["id"], newest?.["state"], newest?.["reason"]], [id, "applied", "moved"]);
    assert.match((await offhook(["change", "show", id])).out, /language: not set → fr/);
    assert.match((await offhook(["change", "preview", id])).out, /── 1 phone changed: yealink T46U/);
    assert.match((await offhook(["change", "undo", id.slice(-12)])).said, /taken back, by change/);
    assert.equal((await offhook(["change", "undo", id])).code, 1);
  });

  test("server upgrade-check says nothing of the same profiles", async () => {
    const same = await offhook(["server", "upgrade-check", ownProfiles]);
    assert.equal(same.code, 0, same.said);
    assert.match(same.said, /no file changes/);
  });

  test("phone preview shows each file with stars for secrets, --why its sources, --raw the exact bytes", async () => {
    const files = await json(["phone", "preview", "805ec0010001"]);
    assert.ok(
      files.some((file) => file["name"] === "805ec0010001.cfg"),
      JSON.stringify(files.map((file) => file["name"])),
    );
    assert.doesNotMatch(JSON.stringify(files), /planted/);
    const why = await offhook(["phone", "preview", "805ec0010001", "--why", "--file", "805ec0010001.cfg"]);
    assert.match(why.out, /pbx\.example +← line\.server\.host, site/);
    assert.match(why.out, /5070 +← line\.server\.port, line/);
    const raw = await offhook(["phone", "preview", "805ec0010001", "--raw", "805ec0010001.cfg"]);
    assert.match(raw.out, /= planted-one$/m);
    const none = await offhook(["phone", "preview", "805ec0010001", "--file", "x.cfg"]);
    assert.equal(none.code, 2);
    assert.match(none.said, /It gets .*805ec0010001\.cfg/);
  });

  test("site phonebook stores a table, shows it, and its phones are told; --remove takes it out", async () => {
    const stored = await offhook(
      ["site", "phonebook", "berlin", "-"],
      "name,work,mobile\nZoe,202,\nAnn,201,+49 171 1\n",
    );
    assert.equal(stored.code, 0, stored.said);
    assert.match(stored.said, /2 entries stored/);
    const shown = await offhook(["site", "phonebook", "berlin", "--plain"]);
    assert.equal(shown.out, "NAME\tNUMBERS\nAnn\twork 201  mobile +491711\nZoe\twork 202\n");
    const files = await json(["phone", "preview", "805ec0010001"]);
    assert.match(String(files.at(-1)?.["text"]), /<Name>Ann<\/Name>/);
    const wrong = await offhook(["site", "phonebook", "berlin", "-"], "name,work\nAnn,none\n");
    assert.equal(wrong.code, 1);
    assert.match(wrong.said, /line 2, column work: expected a number as it is dialled, found none/);
    assert.equal((await offhook(["site", "phonebook", "nowhere"])).code, 1);
    assert.match((await offhook(["site", "phonebook", "berlin", "--remove"])).said, /has no phonebook/);
  });

  test("phone lint tells setting, why and remedy, ends with 4, and wants a MAC or --all", async () => {
    assert.equal((await offhook(["phone", "set", "805ec0010003", "line1.user", "0201"])).code, 0);
    const ended = await offhook(["phone", "lint", "--all", "--json"]);
    assert.equal(ended.code, 4);
    assert.doesNotMatch(ended.out, /planted/);
    const problems = ended.out
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
    for (const problem of problems)
      assert.deepEqual(Object.keys(problem), ["mac", "rule", "setting", "why", "remedy"]);
    const twice = problems.filter((problem) => problem["rule"] === "extension-twice");
    assert.deepEqual(
      twice.map((problem) => problem["mac"]),
      ["805ec0010001", "805ec0010003"],
    );
    const one = await offhook(["phone", "lint", "805ec0010002"]);
    assert.doesNotMatch(one.out, /extension-twice/);
    assert.equal((await offhook(["phone", "lint"])).code, 2);
    assert.equal((await offhook(["phone", "set", "805ec0010003", "line1.user", "0203"])).code, 0);
  });

  test("phone diff tells by setting what another config says otherwise, and ends with 4", async () => {
    const raw = await offhook(["phone", "preview", "805ec0010001", "--raw", "805ec0010001.cfg"]);
    const own = await offhook(["phone", "diff", "805ec0010001", "--against", "-"], raw.out);
    assert.equal(own.code, 0, own.out);
    const other = raw.out.replaceAll("pbx.example", "old.example").replaceAll("planted-one", "planted-two");
    const ended = await offhook(["phone", "diff", "805ec0010001", "--against", "-", "--plain"], other);
    assert.equal(ended.code, 4);
    assert.equal(
      ended.out,
      "SETTING\tOURS\tTHEIRS\nline1.password\t••••\t••••\nline1.server.host\tpbx.example\told.example\n",
    );
  });

  test("phone trace of a mistyped MAC names the known one", async () => {
    const ended = await offhook(["phone", "trace", "805ec0010010"]);
    assert.equal(ended.code, 0);
    assert.match(ended.said, /is not known here/);
    assert.match(ended.said, /nearest known MAC is 80:5e:c0:01:00:01/);
  });

  test("phone remove wants --yes, and what is gone is unknown", async () => {
    assert.equal((await offhook(["phone", "remove", "805ec0010003"])).code, 2);
    assert.equal((await offhook(["phone", "remove", "805ec0010003", "--yes"])).code, 0);
    const ended = await offhook(["phone", "show", "805ec0010003"]);
    assert.equal(ended.code, 1);
    assert.match(ended.said, /expected a phone we know, found 80:5e:c0:01:00:03/);
  });

  test("a store that cannot be opened ends with 7 and a sentence", async () => {
    const file = join(folder, "no-folder");
    writeFileSync(file, "");
    const ended = await offhook(["site", "add", "north", "--data", join(file, "inner")]);
    assert.equal(ended.code, 7);
    assert.match(ended.said, /^offhook: .*no-folder is a file and no folder; name another data folder/);
  });
});
