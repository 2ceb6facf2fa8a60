import { isIPv4 } from "node:net";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { dataOptions, need, withInventory, type DataOptions } from "../with-inventory.ts";

interface DhcpOptions extends DataOptions {
  readonly site?: string;
  readonly vendor?: string[];
  readonly url?: string;
  readonly address?: string;
}

/** `offhook dhcp SERVER`: what a DHCP server must tell the phones of a site, in its own language. */
export function dhcp(command: Command, context: CliContext): void {
  dataOptions(command)
    .argument("<server>", "dnsmasq, kea, isc, cisco-ios, mikrotik or windows")
    .option("--site <id>", "for the vendors of this site's phones; else of all phones")
    .option("--vendor <word...>", "for these vendors instead, as `offhook profile list` names them")
    .option("--url <address>", "where phones find the server; else as the server itself last said")
    .option("--address <ipv4>", "the server's address, for phones that can be told no more than that")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook dhcp dnsmasq --site berlin > /etc/dnsmasq.d/phones.conf\n  offhook dhcp kea --vendor yealink snom --url https://10.1.2.5:8443\n",
    )
    .action((server: string, options: DhcpOptions) => print(server, options, context));
}

async function print(server: string, options: DhcpOptions, context: CliContext): Promise<void> {
  const { dhcpForSite, dhcpServers, writeDhcp } = await import("../../../provisioning-server/main.ts");
  const names = dhcpServers.map(({ name }) => name);
  if (!names.includes(server))
    throw new CliError(exitCodes.usage, `expected ${names.join(", ")}, found ${server}`);
  checkPlace(options);
  await withInventory(options, context, async (inventory) => {
    const { site, vendor: vendors, url, address } = options;
    if (site !== undefined) need(await inventory.showSite(site));
    const plan = await dhcpForSite(inventory, {
      ...(site === undefined ? {} : { site }),
      ...(vendors === undefined ? {} : { vendors }),
      ...(url === undefined ? {} : { url }),
      ...(address === undefined ? {} : { address }),
    });
    if (options.json === true) return context.out(JSON.stringify(plan));
    if (plan.rules.length === 0) return context.say(nothing(options));
    const wantsAddress = plan.rules.find((rule) => rule.kind === "address" && !isIPv4(rule.value));
    if (wantsAddress !== undefined)
      throw new CliError(
        exitCodes.usage,
        `${wantsAddress.phones} can only be told an IPv4 address, and the server goes by a name`,
        "Give it with --address.",
      );
    context.out(writeDhcp(plan, server) ?? "");
  });
}

function checkPlace({ url, address }: DhcpOptions): void {
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new CliError(
      exitCodes.usage,
      `--url: expected an address such as https://10.1.2.5:8443, found ${url}`,
    );
  if (address !== undefined && !isIPv4(address))
    throw new CliError(exitCodes.usage, `--address: expected an IPv4 address, found ${address}`);
}

const nothing = ({ site, vendor }: DhcpOptions): string =>
  vendor !== undefined
    ? "None of these vendors' phones goes by DHCP, as far as we know: `offhook profile list` names them."
    : `No phone ${site === undefined ? "" : "of this site "}is in the inventory: add phones, or name vendors with --vendor.`;
