import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { join, lineOf, makeNamespace, offhook, rangeSkip, type Namespace } from "./network.ts";

// A phone's way from the cable to its config: a real DHCP client asks a real dnsmasq, which speaks as `offhook dhcp` says.

const run = promisify(execFile);
const [node, bin] = offhook;
const skip = rangeSkip("dnsmasq", "dhclient", "curl");
const yealink = "805ec0000001";
const htek = "001fc1000001";

const table = `mac,vendor,model,site\n${yealink},yealink,T46U,hq\n${htek},htek,UC926,hq\n`;
/** What dhclient calls when it has a lease: sets the address, and writes down option 66. */
const hookText = `#!/bin/sh
if [ "$reason" = BOUND ]; then
  ip address add "$new_ip_address/24" dev "$interface"
  echo "$new_tftp_server_name" > "$(dirname "$0")/told"
fi
`;

async function makeData(folder: string): Promise<string> {
  const data = path(folder, "data");
  const csv = path(folder, "phones.csv");
  await writeFile(csv, table);
  const verbs = [
    ["site", "add", "hq", "--network", "10.91.0.0/24"],
    ["site", "window", "hq", "--for", "1h"],
    ["phone", "import", csv],
  ];
  for (const verb of verbs) await run(node, [bin, ...verb, "--data", data], { timeout: 60_000 });
  return data;
}

async function startServer(far: Namespace, folder: string, data: string): Promise<void> {
  const config = path(folder, "server.toml");
  await writeFile(config, `data = "${data}"\nnames = ["10.91.0.2"]\ndrain = 0\n`);
  const server = far.start(node, [bin, "server", "run", "--config", config]);
  await lineOf(server, /"event":"listening"/);
}

async function startDnsmasq(far: Namespace, folder: string, card: string, lines: string): Promise<void> {
  const file = path(folder, "phones.conf");
  await writeFile(file, lines);
  const words = ["--no-daemon", "--user=root", "--port=0", "--bind-interfaces", `--interface=${card}`];
  const range = ["--dhcp-range=10.91.0.50,10.91.0.60,10m", `--dhcp-leasefile=${path(folder, "leases")}`];
  const child = far.start("dnsmasq", [...words, ...range, `--conf-file=${file}`]);
  await lineOf(child, /DHCP, IP range/);
}

/** The network of one test: the phone's end without an address, the server's with dnsmasq and Offhook. */
async function makeSite(t: TestContext) {
  const folder = await mkdtemp(path(tmpdir(), "offhook-dhcp-"));
  t.after(() => rm(folder, { recursive: true }));
  const data = await makeData(folder);
  const phone = await makeNamespace(t);
  const far = await makeNamespace(t);
  const [card, farCard] = await join(
    { namespace: phone, address: "10.92.0.1/32" },
    { namespace: far, address: "10.91.0.2/24" },
  );
  await startServer(far, folder, data);
  const { stdout } = await run(node, [bin, "dhcp", "dnsmasq", "--site", "hq", "--data", data]);
  await startDnsmasq(far, folder, farCard, stdout);
  const hook = path(folder, "hook.sh");
  await writeFile(hook, hookText);
  await chmod(hook, 0o755);
  return { phone, card, folder, hook, data };
}

/** Plugs a phone in, as its own DHCP client asks; gives what option 66 told it. */
async function plugIn(
  site: Awaited<ReturnType<typeof makeSite>>,
  mac: string,
  vendorClass?: string,
): Promise<string> {
  const { phone, card, folder, hook } = site;
  await phone.run("ip", "address", "flush", "dev", card);
  await phone.run("ip", "link", "set", card, "address", mac.match(/../g)?.join(":") ?? "");
  const config = path(folder, "dhclient.conf");
  const asks = "request subnet-mask, routers, tftp-server-name;\n";
  await writeFile(
    config,
    vendorClass === undefined ? asks : `${asks}send vendor-class-identifier "${vendorClass}";\n`,
  );
  const files = [
    "-cf",
    config,
    "-sf",
    hook,
    "-lf",
    path(folder, `${mac}.leases`),
    "-pf",
    path(folder, `${mac}.pid`),
  ];
  const client = phone.start("dhclient", ["-1", "-d", ...files, card]);
  await lineOf(client, /bound to/);
  return (await readFile(path(folder, "told"), "utf8")).trim();
}

describe("DHCP by dnsmasq, as `offhook dhcp` wrote it", { skip }, () => {
  test("phones are told option 66, by vendor class or by MAC, and fetch their config there", async (t) => {
    const site = await makeSite(t);
    await run("dnsmasq", ["--test", `--conf-file=${path(site.folder, "phones.conf")}`]);
    const ca = path(site.data, "certificates", "ca.pem");
    for (const [mac, vendorClass, file] of [
      [yealink, "yealink", `${yealink}.cfg`],
      [htek, undefined, `cfg${htek}.xml`],
    ] as const) {
      const told = await plugIn(site, mac, vendorClass);
      assert.equal(told, "https://10.91.0.2:8443/");
      const config = await site.phone.run("curl", "-sS", "--fail", "--cacert", ca, `${told}${file}`);
      assert.match(config, /10\.91\.0\.2:8443/);
    }
  });
});
