// Columns of the standard tables; each is an OID without its index.

const ifEntry = "1.3.6.1.2.1.2.2.1";
const ifXEntry = "1.3.6.1.2.1.31.1.1.1";

/** IF-MIB (RFC 2863). */
export const ifMib = {
  descr: `${ifEntry}.2`,
  type: `${ifEntry}.3`,
  speed: `${ifEntry}.5`,
  mac: `${ifEntry}.6`,
  admin: `${ifEntry}.7`,
  oper: `${ifEntry}.8`,
  lastChange: `${ifEntry}.9`,
  inDiscards: `${ifEntry}.13`,
  inErrors: `${ifEntry}.14`,
  outDiscards: `${ifEntry}.19`,
  name: `${ifXEntry}.1`,
  highSpeed: `${ifXEntry}.15`,
  alias: `${ifXEntry}.18`,
  discontinuity: `${ifXEntry}.19`,
} as const;

/** Frames in and out: 64-bit columns, and the 32-bit ones of agents without them. */
export const frames = {
  in64: [`${ifXEntry}.7`, `${ifXEntry}.8`, `${ifXEntry}.9`],
  out64: [`${ifXEntry}.11`, `${ifXEntry}.12`, `${ifXEntry}.13`],
  in32: [`${ifEntry}.11`, `${ifEntry}.12`],
  out32: [`${ifEntry}.17`, `${ifEntry}.18`],
} as const;

/** EtherLike-MIB (RFC 3635). */
export const etherLike = {
  alignment: "1.3.6.1.2.1.10.7.2.1.2",
  fcs: "1.3.6.1.2.1.10.7.2.1.3",
  lateCollisions: "1.3.6.1.2.1.10.7.2.1.8",
  symbol: "1.3.6.1.2.1.10.7.2.1.18",
  duplex: "1.3.6.1.2.1.10.7.2.1.19",
} as const;

/** MAU-MIB (RFC 4836), index ifIndex.mau; the type is an OID below 1.3.6.1.2.1.26.4. */
export const mau = {
  type: "1.3.6.1.2.1.26.2.1.1.3",
  autoNegotiation: "1.3.6.1.2.1.26.5.1.1.1",
} as const;

/** POWER-ETHERNET-MIB (RFC 3621). The port table hangs at 105.1.1, the main table at 105.1.3.1: mind the odd arc. */
export const power = {
  admin: "1.3.6.1.2.1.105.1.1.1.3",
  state: "1.3.6.1.2.1.105.1.1.1.6",
  priority: "1.3.6.1.2.1.105.1.1.1.7",
  mpsAbsent: "1.3.6.1.2.1.105.1.1.1.8",
  class: "1.3.6.1.2.1.105.1.1.1.10",
  invalidSignature: "1.3.6.1.2.1.105.1.1.1.11",
  denied: "1.3.6.1.2.1.105.1.1.1.12",
  overload: "1.3.6.1.2.1.105.1.1.1.13",
  short: "1.3.6.1.2.1.105.1.1.1.14",
  /** Of a later edition: milliwatts, where it is there at all. */
  actual: "1.3.6.1.2.1.105.1.1.1.15",
  budget: "1.3.6.1.2.1.105.1.3.1.1.2",
  supplyState: "1.3.6.1.2.1.105.1.3.1.1.3",
  used: "1.3.6.1.2.1.105.1.3.1.1.4",
} as const;

/** What leads from a PSE port to its interface: ENTITY-MIB (RFC 6933), BRIDGE-MIB (RFC 4188), Cisco's two. */
export const mapping = {
  entityName: "1.3.6.1.2.1.47.1.1.1.1.7",
  entityAlias: "1.3.6.1.2.1.47.1.3.2.1.2",
  ciscoEntityOfPse: "1.3.6.1.4.1.9.9.402.1.2.1.11",
  ciscoStackPort: "1.3.6.1.4.1.9.5.1.4.1.1.11",
  bridgePort: "1.3.6.1.2.1.17.1.4.1.2",
} as const;

/** Spanning tree by bridge port: BRIDGE-MIB (RFC 4188) and RSTP-MIB (RFC 4318), 1 is an edge port. */
export const spanningTree = {
  state: "1.3.6.1.2.1.17.2.15.1.3",
  edge: "1.3.6.1.2.1.17.2.19.1.3",
} as const;

/** The same columns in both editions of the remote table, one number apart. */
const remoteColumns = (entry: string, first: number) => ({
  chassisSubtype: `${entry}.${first}`,
  chassisId: `${entry}.${first + 1}`,
  portSubtype: `${entry}.${first + 2}`,
  portId: `${entry}.${first + 3}`,
  sysName: `${entry}.${first + 5}`,
  sysDescr: `${entry}.${first + 6}`,
  capabilities: `${entry}.${first + 8}`,
});
export type RemoteColumns = ReturnType<typeof remoteColumns>;

/** LLDP-V2-MIB (IEEE 802.1AB-2009), index timeMark.ifIndex.destination.remote; asked where the first edition is empty. */
export const lldpV2 = remoteColumns("1.3.111.2.802.1.1.13.1.4.1.1", 5);

const lldpMed = "1.0.8802.1.1.2.1.5.4795.1.3";
const lldpDot3 = "1.0.8802.1.1.2.1.5.4623.1.3";

/** LLDP-MIB (IEEE 802.1AB-2005; its root begins with 1.0) and LLDP-EXT-MED-MIB. */
export const lldp = {
  ...remoteColumns("1.0.8802.1.1.2.1.4.1.1", 4),
  localSubtype: "1.0.8802.1.1.2.1.3.7.1.2",
  localId: "1.0.8802.1.1.2.1.3.7.1.3",
  localDescr: "1.0.8802.1.1.2.1.3.7.1.4",
  medClass: `${lldpMed}.1.1.3`,
  /** Index goes on with the application: length and octets of BITS. */
  medVlan: `${lldpMed}.2.1.2`,
  medDscp: `${lldpMed}.2.1.4`,
  medHardware: `${lldpMed}.3.1.1`,
  medFirmware: `${lldpMed}.3.1.2`,
  medSoftware: `${lldpMed}.3.1.3`,
  medSerial: `${lldpMed}.3.1.4`,
  medMaker: `${lldpMed}.3.1.5`,
  medModel: `${lldpMed}.3.1.6`,
  medAsked: `${lldpMed}.7.1.1`,
  /** Where a powered device gets its power: 2 from the port, 3 of its own, 4 both. */
  medPowerSource: `${lldpMed}.7.1.2`,
  /** LLDP-EXT-DOT3-MIB: auto-negotiation, MAU type, and 2 for a powered device. */
  dot3AutoNegotiation: `${lldpDot3}.1.1.2`,
  dot3Mau: `${lldpDot3}.1.1.4`,
  dot3PowerPort: `${lldpDot3}.2.1.1`,
} as const;

const medTold = "1.0.8802.1.1.2.1.5.4795.1.2.1.1";

/** What the switch tells phones by LLDP-MED, index localPort and the application; Cisco's voice and access VLAN of a port. */
export const voice = {
  toldVlan: `${medTold}.2`,
  toldPriority: `${medTold}.3`,
  toldDscp: `${medTold}.4`,
  ciscoVoiceVlan: "1.3.6.1.4.1.9.9.68.1.5.1.1.1",
  ciscoAccessVlan: "1.3.6.1.4.1.9.9.68.1.2.2.1.2",
} as const;

const cdpCache = "1.3.6.1.4.1.9.9.23.1.2.1.1";

/** CISCO-CDP-MIB, index ifIndex.n. */
export const cdp = {
  version: `${cdpCache}.5`,
  deviceId: `${cdpCache}.6`,
  platform: `${cdpCache}.8`,
  capabilities: `${cdpCache}.9`,
  duplex: `${cdpCache}.12`,
  voiceVlan: `${cdpCache}.14`,
  asked: `${cdpCache}.15`,
} as const;

/** Learned addresses: Q-BRIDGE-MIB (RFC 4363) and BRIDGE-MIB, ports and how they were learned. */
export const addresses = {
  qPort: "1.3.6.1.2.1.17.7.1.2.2.1.2",
  qStatus: "1.3.6.1.2.1.17.7.1.2.2.1.3",
  port: "1.3.6.1.2.1.17.4.3.1.2",
  status: "1.3.6.1.2.1.17.4.3.1.3",
  /** Index timeMark.vlan to the fdbId that stands in qPort's index. */
  vlanFdb: "1.3.6.1.2.1.17.7.1.4.2.1.3",
  /** CISCO-VTP-MIB: 1 is operational; the last number of the index is the VLAN. */
  ciscoVlanState: "1.3.6.1.4.1.9.9.46.1.3.1.1.2.1",
} as const;

const entPhysical = "1.3.6.1.2.1.47.1.1.1.1";

/** ENTITY-MIB (RFC 6933): what the switch is made of. */
export const inventory = {
  class: `${entPhysical}.5`,
  name: `${entPhysical}.7`,
  firmware: `${entPhysical}.9`,
  software: `${entPhysical}.10`,
  serial: `${entPhysical}.11`,
  model: `${entPhysical}.13`,
  /** Scalar: sysUpTime when any of it changed. */
  changed: "1.3.6.1.2.1.47.1.4.1.0",
} as const;

/** SNMPv2-MIB scalars. */
export const system = {
  descr: "1.3.6.1.2.1.1.1.0",
  objectId: "1.3.6.1.2.1.1.2.0",
  uptime: "1.3.6.1.2.1.1.3.0",
  name: "1.3.6.1.2.1.1.5.0",
} as const;
