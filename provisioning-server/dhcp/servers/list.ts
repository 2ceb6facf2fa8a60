import { ciscoIos } from "./cisco-ios.ts";
import { dnsmasq } from "./dnsmasq.ts";
import { isc } from "./isc.ts";
import { kea } from "./kea.ts";
import { mikrotik } from "./mikrotik.ts";
import type { DhcpServer } from "./snippet.ts";
import { windows } from "./windows.ts";

/** Every DHCP server we write for: a new one is a file here and a line. */
export const dhcpServers: readonly DhcpServer[] = [dnsmasq, kea, isc, ciscoIos, mikrotik, windows];
