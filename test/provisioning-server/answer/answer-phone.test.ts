import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import type { Credential, PhoneRequest } from "../../../protocol/phone-request.ts";
import { Secret } from "../../../protocol/secret.ts";
import type { Site } from "../../../protocol/site.ts";
import { answerPhone } from "../../../provisioning-server/answer/answer-phone.ts";
import { deviceToken } from "../../../provisioning-server/answer/device-token.ts";
import type { Directory } from "../../../provisioning-server/answer/directory.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const serverKey = new Uint8Array(32).fill(7);
const mac = "805ec0000001";
const noon = Date.UTC(2026, 5, 1, 12);

const device: Device = {
  mac,
  vendor: "yealink",
  model: "T46U",
  site: "hq",
  state: "expected",
  tokenGeneration: 1,
  revision: 1,
  lines: [{ index: 1, settings: { user: "1001", password: "made-up-secret" } }],
  settings: { provisioning: { user: "phone", password: "made-up-login" } },
  raw: {},
};
const site: Site = {
  id: "hq",
  tenant: "acme",
  name: "HQ",
  networks: ["192.0.2.0/24"],
  windowUntil: noon + 60_000,
  settings: { provisioning: { password: "everybody's" } },
};

function directory(
  change: { device?: Partial<Device>; site?: Partial<Site>; unknown?: true } = {},
): Directory {
  const here = { ...site, ...change.site };
  const known = { ...device, ...change.device };
  return {
    profiles,
    context: { baseUrl: "https://phones.example.net:8443", serverKey },
    deviceByMac: (asked) => Promise.resolve(asked === mac && !change.unknown ? known : undefined),
    site: (id) => Promise.resolve(id === here.id ? here : undefined),
    sitesByAddress: (address) => Promise.resolve(address.startsWith("192.0.2.") ? [here] : []),
  };
}

function request(change: Partial<PhoneRequest> = {}): PhoneRequest {
  return {
    id: "r1",
    via: "https",
    method: "GET",
    path: `/${mac}.cfg`,
    address: "198.51.100.9",
    userAgent: "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01",
    at: noon,
    ...change,
  };
}
const token = (generation: number): Credential => ({
  kind: "token",
  token: new Secret(deviceToken(serverKey, mac, generation)),
});
const bodyOf = (answer: Awaited<ReturnType<typeof answerPhone>>) =>
  answer.outcome === "file" ? Buffer.from(answer.file.body).toString() : "";

/** The answer in short: `file by token`, `denied: bad-token`. */
async function told(asked: PhoneRequest, of: Directory): Promise<string> {
  const answer = await answerPhone(asked, of);
  if (answer.outcome === "file") return `file by ${answer.claim}`;
  if (answer.outcome === "denied" || answer.outcome === "unknown-device") {
    assert.ok(answer.reason.length > 10 && answer.remedy.length > 10, JSON.stringify(answer));
    assert.ok(!JSON.stringify(answer).includes("made-up"));
  }
  return answer.outcome === "denied" ? `denied: ${answer.kind}` : answer.outcome;
}

const basic = (user: string, password: string): Credential => ({
  kind: "basic",
  user,
  password: new Secret(password),
});
const certificate = (mac: string | undefined, verified: boolean, vendor = "yealink"): Credential => ({
  kind: "certificate",
  subject: `O=Maker\nCN=${mac ?? "Generic"}`,
  issuer: "CN=Maker",
  verified,
  vouched: verified && mac !== undefined ? [{ vendor, mac }] : [],
});
const inside = { address: "192.0.2.9" };

const table: [
  name: string,
  asked: Partial<PhoneRequest>,
  change: Parameters<typeof directory>[0],
  expected: string,
][] = [
  ["its token", { credential: token(1) }, {}, "file by token"],
  ["a token of before", { credential: token(1) }, { device: { tokenGeneration: 2 } }, "denied: bad-token"],
  ["a foreign token inside the network", { ...inside, credential: token(9) }, {}, "denied: bad-token"],
  ["the network while the window is open", inside, {}, "file by network"],
  ["the network after the window", inside, { site: { windowUntil: noon } }, "denied: window-closed"],
  ["the network without any window", inside, { site: { windowUntil: 0 } }, "denied: window-closed"],
  ["no credential from outside", {}, {}, "denied: outside-network"],
  ["the network of another site", inside, { device: { site: "branch" } }, "denied: outside-network"],
  ["its own password", { credential: basic("phone", "made-up-login") }, {}, "file by password"],
  ["a wrong password", { credential: basic("phone", "guess") }, {}, "denied: bad-credentials"],
  [
    "a password that the site shares",
    { credential: basic("phone", "everybody's") },
    { device: { settings: { provisioning: { user: "phone" } } } },
    "denied: bad-credentials",
  ],
  ["its certificate", { credential: certificate("805ec0000001", true) }, {}, "file by certificate"],
  ["another's certificate", { credential: certificate("805ec0000002", true) }, {}, "denied: bad-certificate"],
  [
    "a certificate of nobody we trust",
    { credential: certificate("805ec0000001", false) },
    {},
    "denied: bad-certificate",
  ],
  [
    "a shared certificate inside the network",
    { ...inside, credential: certificate(undefined, true) },
    {},
    "file by network",
  ],
  [
    "its token, revoked",
    { credential: token(1) },
    { device: { state: "revoked" } },
    "denied: bad-credentials",
  ],
  [
    "its token, another model",
    { credential: token(1), userAgent: "Yealink SIP-T54W 96.86.0.45" },
    {},
    "denied: wrong-model",
  ],
  ["its token, curl", { credential: token(1), userAgent: "curl/8.5.0" }, {}, "file by token"],
  ["its token, no profile", { credential: token(1) }, { device: { model: "T99X" } }, "denied: render-failed"],
  ["an unknown MAC", inside, { unknown: true }, "unknown-device"],
  ["an unknown MAC with a token", { credential: token(1) }, { unknown: true }, "unknown-device"],
  ["a .boot, known or not", { path: `/${mac}.boot` }, { unknown: true }, "no-such-file"],
  ["a .boot with its token", { path: `/${mac}.boot`, credential: token(1) }, {}, "no-such-file"],
  [
    "the common file, from anywhere",
    { path: "/y000000000108.cfg", userAgent: "x" },
    { unknown: true },
    "file by public",
  ],
  ["the common file of no model", { path: "/y000000000999.cfg", userAgent: "x" }, {}, "no-such-file"],
  ["a file of no family", { path: "/favicon.ico", userAgent: "Mozilla/5.0" }, {}, "unknown-device"],
  ["a file its family has not", { path: "/favicon.ico", credential: token(1) }, {}, "no-such-file"],
  ["firmware", { path: "/T46U-108.86.0.90.rom", credential: token(1) }, {}, "no-such-file"],
];
for (const [name, asked, change, expected] of table)
  test(`answerPhone() to ${name}: ${expected}`, async () => {
    assert.equal(await told(request(asked), directory(change)), expected);
  });

test("answerPhone() gives bootstrap alone through doors without encryption, unless the site says otherwise", async () => {
  for (const via of ["tftp", "http"] as const) {
    const asked = request({ ...inside, via });
    const little = bodyOf(await answerPhone(asked, directory()));
    assert.match(little, /auto_provision\.server\.url = https:\/\/phones\.example\.net:8443\/[\w-]{22}\/\n/);
    assert.ok(!little.includes("made-up") && !little.includes("account."));
    const all = bodyOf(await answerPhone(asked, directory({ site: { clearDoors: "full" } })));
    assert.match(all, /account\.1\.password = made-up-secret/);
  }
});

test("answerPhone() lets the address that bootstrap names in, and marks what holds secrets", async () => {
  const little = bodyOf(await answerPhone(request({ ...inside, via: "tftp" }), directory()));
  const [, segment] = /8443\/([\w-]{22})\//.exec(little) ?? [];
  assert.ok(segment);
  const answer = await answerPhone(
    request({ credential: { kind: "token", token: new Secret(segment) } }),
    directory(),
  );
  assert.equal(answer.outcome === "file" && answer.file.secret, true);
});

test("answerPhone() renders the same bytes and etag twice, and others after a change", async () => {
  const etag = async (change = {}) => {
    const answer = await answerPhone(request({ credential: token(1) }), directory(change));
    return answer.outcome === "file" ? answer.file.etag : "";
  };
  assert.match(await etag(), /^"[0-9a-f]{32}"$/);
  assert.equal(await etag(), await etag());
  assert.notEqual(await etag(), await etag({ device: { lines: [] } }));
});

test("answerPhone() shows an outsider nothing of the site in the common file, and the site's own to its phones", async () => {
  const change = { site: { settings: { syslog: { server: "log.example.net" } } } };
  const common = { path: "/y000000000108.cfg" };
  const outside = bodyOf(await answerPhone(request(common), directory(change)));
  assert.ok(outside.includes("static.syslog.enable = 0") && !outside.includes("log.example.net"));
  const known = bodyOf(await answerPhone(request({ ...common, credential: token(1) }), directory(change)));
  assert.match(known, /static\.syslog\.server = log\.example\.net/);
});
