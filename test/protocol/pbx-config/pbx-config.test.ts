import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  allowedCodecs,
  asteriskTrue,
  asteriskValue,
  readAsteriskConfig,
} from "../../../protocol/pbx-config/asterisk-config.ts";
import {
  fail2banSeconds,
  fail2banValue,
  readFail2banConfig,
} from "../../../protocol/pbx-config/fail2ban-config.ts";
import { readKamailioConfig } from "../../../protocol/pbx-config/kamailio-config.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const pjsip = `
;-- a block
[ghost]
--;
#include extra.conf
[phones](!) ; a template
type = endpoint
allow = !all,g722,ulaw,alaw
[1001](phones)
auth=1001
disallow => ulaw
[1001]
type=auth
password=pa\\;ss
[1001](+)
username = x
`;

describe("readAsteriskConfig()", () => {
  it("reads templates, both arrows, comments and sections that go on", () => {
    const sections = readAsteriskConfig(pjsip);
    assert.deepEqual(
      sections.map(({ name, template }) => [name, template]),
      [
        ["phones", true],
        ["1001", false],
        ["1001", false],
      ],
    );
    const [, endpoint, auth] = sections;
    assert.ok(endpoint !== undefined && auth !== undefined);
    assert.equal(asteriskValue(endpoint, "type"), "endpoint");
    assert.deepEqual(allowedCodecs(endpoint), ["g722", "alaw"]);
    assert.equal(asteriskValue(auth, "username"), "x");
  });

  it("asteriskTrue() knows Asterisk's words for yes", () => {
    assert.ok(asteriskTrue("Yes") && asteriskTrue("1"));
    assert.ok(!asteriskTrue("no") && !asteriskTrue(undefined));
  });
});

it("readKamailioConfig() reads listeners, modules and TLS, without comments", () => {
  const config = readKamailioConfig(
    '#!KAMAILIO\n/* listen=udp:1.1.1.1 */\nlisten=udp:0.0.0.0:5060 advertise 192.0.2.1:5060\n#listen=tcp:x\nlisten=192.0.2.9\nloadmodule "tm.so"\nloadmodule "/usr/lib/kamailio/modules/tls.so" # yes\nenable_tls=yes\n',
  );
  assert.deepEqual(config, {
    listen: ["udp 0.0.0.0:5060", "udp 192.0.2.9"],
    modules: ["tm", "tls"],
    tls: true,
  });
});

it("readKamailioConfig() takes of #!ifdef what the file defines", () => {
  const text =
    "#!define A\n#!ifdef A\nlisten=udp:192.0.2.1:5060\n#!else\nlisten=udp:192.0.2.2:5060\n#!endif\n#!ifdef B\nenable_tls=yes\n#!endif\n";
  assert.deepEqual(readKamailioConfig(text), { listen: ["udp 192.0.2.1:5060"], modules: [], tls: false });
});

describe("readFail2banConfig()", () => {
  const sections = readFail2banConfig([
    "[DEFAULT]\nbantime = 10m\nbase = /var/log\n[asterisk]\nlogpath = %(base)s/asterisk/messages\n  %(base)s/asterisk/security\nmaxretry = 10\n",
    "[asterisk]\nenabled = true\nmaxretry = 5 ; enough\n",
  ]);
  it("lets later files win, and fills in", () => {
    assert.equal(fail2banValue(sections, "asterisk", "maxretry"), "5");
    assert.equal(fail2banValue(sections, "asterisk", "bantime"), "10m");
    assert.equal(
      fail2banValue(sections, "asterisk", "logpath"),
      "/var/log/asterisk/messages\n/var/log/asterisk/security",
    );
  });
  it("fail2banSeconds() reads fail2ban's times", () => {
    assert.deepEqual(["3600", "1h", "1h 30m", "-1", "1d", "never"].map(fail2banSeconds), [
      3600,
      3600,
      5400,
      -1,
      86_400,
      undefined,
    ]);
  });
  it("a setting that names itself ends", () => {
    const loop = readFail2banConfig(["[a]\nx = %(x)s%(x)s\n"]);
    assert.ok((fail2banValue(loop, "a", "x") ?? "").length < 100_000);
  });
});

it("config readers take 100,000 torn files without throwing", () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const words = [
    "[a](!)",
    "[b](a,+)",
    "\n",
    ";--",
    "--;",
    "allow=",
    "!all,",
    "=",
    "%(x)s",
    "/*",
    "*/",
    "listen=",
    '"',
    "loadmodule",
    " ",
    "\0",
  ];
  for (let round = 0; round < 34_000; round += 1) {
    const text = Array.from({ length: random.below(12) }, () => words[random.below(words.length)]).join("");
    for (const section of readAsteriskConfig(text)) assert.ok(Array.isArray(allowedCodecs(section)));
    assert.ok(Array.isArray(readKamailioConfig(text).listen));
    const sections = readFail2banConfig([`[x]\nx=${text}`, text]);
    assert.notEqual(typeof fail2banValue(sections, "x", "x"), "number");
  }
});
