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
  outDiscards: `${ifEntry}.19`,
  name: `${ifXEntry}.1`,
  highSpeed: `${ifXEntry}.15`,
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
  fcs: "1.3.6.1.2.1.10.7.2.1.3",
  lateCollisions: "1.3.6.1.2.1.10.7.2.1.8",
  duplex: "1.3.6.1.2.1.10.7.2.1.19",
} as const;

/** MAU-MIB (RFC 4836), index ifIndex.mau; the value is an OID below 1.3.6.1.2.1.26.4. */
export const mauType = "1.3.6.1.2.1.26.2.1.1.3";

/** POWER-ETHERNET-MIB (RFC 3621). The port table hangs at 105.1.1, the main table at 105.1.3.1: mind the odd arc. */
export const power = {
  admin: "1.3.6.1.2.1.105.1.1.1.3",
  state: "1.3.6.1.2.1.105.1.1.1.6",
  priority: "1.3.6.1.2.1.105.1.1.1.7",
  class: "1.3.6.1.2.1.105.1.1.1.10",
  denied: "1.3.6.1.2.1.105.1.1.1.12",
  /** Of a later edition: milliwatts, where it is there at all. */
  actual: "1.3.6.1.2.1.105.1.1.1.15",
  budget: "1.3.6.1.2.1.105.1.3.1.1.2",
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

const lldpRemote = "1.0.8802.1.1.2.1.4.1.1";
const lldpMed = "1.0.8802.1.1.2.1.5.4795.1.3";

/** LLDP-MIB (IEEE 802.1AB-2005; its root begins with 1.0) and LLDP-EXT-MED-MIB. */
export const lldp = {
  chassisSubtype: `${lldpRemote}.4`,
  chassisId: `${lldpRemote}.5`,
  portSubtype: `${lldpRemote}.6`,
  portId: `${lldpRemote}.7`,
  sysName: `${lldpRemote}.9`,
  sysDescr: `${lldpRemote}.10`,
  capabilities: `${lldpRemote}.12`,
  localSubtype: "1.0.8802.1.1.2.1.3.7.1.2",
  localId: "1.0.8802.1.1.2.1.3.7.1.3",
  localDescr: "1.0.8802.1.1.2.1.3.7.1.4",
  medClass: `${lldpMed}.1.1.3`,
  medFirmware: `${lldpMed}.3.1.2`,
  medSoftware: `${lldpMed}.3.1.3`,
  medSerial: `${lldpMed}.3.1.4`,
  medMaker: `${lldpMed}.3.1.5`,
  medModel: `${lldpMed}.3.1.6`,
  medAsked: `${lldpMed}.7.1.1`,
} as const;

const cdpCache = "1.3.6.1.4.1.9.9.23.1.2.1.1";

/** CISCO-CDP-MIB, index ifIndex.n. */
export const cdp = {
  version: `${cdpCache}.5`,
  deviceId: `${cdpCache}.6`,
  platform: `${cdpCache}.8`,
  capabilities: `${cdpCache}.9`,
  asked: `${cdpCache}.15`,
} as const;

/** Learned addresses: Q-BRIDGE-MIB (RFC 4363) and BRIDGE-MIB, ports and how they were learned. */
export const addresses = {
  qPort: "1.3.6.1.2.1.17.7.1.2.2.1.2",
  qStatus: "1.3.6.1.2.1.17.7.1.2.2.1.3",
  port: "1.3.6.1.2.1.17.4.3.1.2",
  status: "1.3.6.1.2.1.17.4.3.1.3",
} as const;

/** SNMPv2-MIB scalars. */
export const system = {
  descr: "1.3.6.1.2.1.1.1.0",
  objectId: "1.3.6.1.2.1.1.2.0",
  uptime: "1.3.6.1.2.1.1.3.0",
  name: "1.3.6.1.2.1.1.5.0",
} as const;
