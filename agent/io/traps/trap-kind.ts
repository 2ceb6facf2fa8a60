/**
 * Why a switch should be looked at. `restart`: all numbers may have changed, the port map too · `power`, `link`,
 * `neighbour`: something happened on a port.
 */
export type TrapKind = "restart" | "power" | "link" | "neighbour";

// An authenticationFailure (…5.5) must never bring a poll: our own poll with a wrong community would bring the next one.
const kinds: readonly { readonly root: string; readonly kind: TrapKind }[] = [
  { root: "1.3.6.1.6.3.1.1.5.1", kind: "restart" }, // coldStart
  { root: "1.3.6.1.6.3.1.1.5.2", kind: "restart" }, // warmStart
  { root: "1.3.6.1.6.3.1.1.5.3", kind: "link" }, // linkDown
  { root: "1.3.6.1.6.3.1.1.5.4", kind: "link" }, // linkUp
  { root: "1.3.6.1.2.1.105.0", kind: "power" }, // POWER-ETHERNET-MIB: port on/off, usage above/below its threshold
  { root: "1.3.6.1.4.1.9.9.402.0", kind: "power" }, // Cisco, policing
  { root: "1.3.6.1.4.1.2011.5.25.195.40", kind: "power" }, // Huawei
  { root: "1.3.6.1.4.1.25506.2.14.6", kind: "power" }, // H3C
  { root: "1.0.8802.1.1.2.0.0", kind: "neighbour" }, // LLDP, remote tables changed
  { root: "1.0.8802.1.1.2.1.5.4795.0", kind: "neighbour" }, // LLDP-MED, topology changed
  { root: "1.3.6.1.4.1.9.9.215.2.0", kind: "neighbour" }, // Cisco, MAC notification
];

/** Undefined for what says nothing of a port: those traps bring no look. */
export function trapKind(oid: string): TrapKind | undefined {
  return kinds.find(({ root }) => oid === root || oid.startsWith(`${root}.`))?.kind;
}
