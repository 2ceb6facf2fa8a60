import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cdpNeighbours } from "../../../agent/probes/poe-ports/cdp.ts";
import {
  addresses,
  cdp,
  ifMib,
  lldp,
  lldpV2,
  mapping,
  voice,
} from "../../../agent/probes/poe-ports/columns.ts";
import { interfacesOf } from "../../../agent/probes/poe-ports/interfaces.ts";
import {
  isVoice,
  lldpCapabilities,
  lldpLocalPorts,
  lldpNeighbours,
} from "../../../agent/probes/poe-ports/lldp.ts";
import { learnedAddresses, macTablePhones } from "../../../agent/probes/poe-ports/mac-table.ts";
import { joinNeighbours } from "../../../agent/probes/poe-ports/neighbours.ts";
import { voiceToldOf } from "../../../agent/probes/poe-ports/voice-vlan.ts";
import { hex, tablesOf, text } from "../../fakes/switch/tables-of.ts";

type Columns = Parameters<typeof tablesOf>[0];

const interfaces: Columns = {
  [ifMib.name]: { "101": text("Gi1/0/1"), "102": text("Gi1/0/2"), "103": text("Gi1/0/3") },
  [ifMib.descr]: { "101": text("GigabitEthernet1/0/1"), "102": text("GigabitEthernet1/0/2") },
};

function whoIsWhere(columns: Columns) {
  const tables = tablesOf({ ...interfaces, ...columns });
  const found = interfacesOf(tables);
  const announced = [...lldpNeighbours(tables, found), ...cdpNeighbours(tables, found)];
  return joinNeighbours([...announced, ...macTablePhones(tables, found, announced)]);
}

/** What is known of a phone, without what is not. */
function phoneOn(columns: Columns, ifIndex: number): Record<string, unknown> {
  const phone = whoIsWhere(columns).get(ifIndex)?.phone ?? {};
  return Object.fromEntries(Object.entries(phone).filter(([, value]) => value !== undefined));
}

/** A Yealink as it announces itself: address for chassis, MAC for port, model and firmware in name and description. */
const yealink: Columns = {
  [lldp.chassisSubtype]: { "0.101.1": 5 },
  [lldp.chassisId]: { "0.101.1": hex("010a0000ce") },
  [lldp.portSubtype]: { "0.101.1": 3 },
  [lldp.portId]: { "0.101.1": hex("805ec0010001") },
  [lldp.sysName]: { "0.101.1": text("SIP-T41S") },
  [lldp.sysDescr]: { "0.101.1": text("66.86.188.8") },
  [lldp.capabilities]: { "0.101.1": hex("2400") },
  [lldp.medClass]: { "0.101.1": 3 },
  [lldp.medModel]: { "0.101.1": text("T41S") },
  [lldp.medFirmware]: { "0.101.1": text("66.86.0.15") },
  [lldp.medAsked]: { "0.101.1": 96 },
};

describe("joinNeighbours()", () => {
  it("names a phone by LLDP-MED with model, firmware and the power it asks for", () => {
    assert.deepEqual(phoneOn(yealink, 101), {
      by: "lldp-med",
      mac: "805ec0010001",
      name: "SIP-T41S",
      model: "T41S",
      firmware: "66.86.0.15",
      asked: 9.6,
      fed: true,
    });
    assert.equal(whoIsWhere(yealink).get(101)?.neighbour, "SIP-T41S");
  });

  it("takes inventory, policy, duplex and source of power from the extensions", () => {
    const rows: Columns = {
      ...yealink,
      [lldp.medHardware]: { "0.101.1": text("66.0.0.128") },
      [lldp.medSerial]: { "0.101.1": text("3128016101000001") },
      [lldp.medPowerSource]: { "0.101.1": 3 },
      [lldp.medVlan]: { "0.101.1.2.64.0": 96, "0.101.1.2.32.0": 97 },
      [lldp.medDscp]: { "0.101.1.2.64.0": 46 },
      // The 802.3 table keeps a time mark of its own.
      [lldp.dot3Mau]: { "77.101.1": 15 },
    };
    const { hardware, serial, vlan, dscp, duplex, fed } = phoneOn(rows, 101);
    assert.deepEqual(
      [hardware, serial, vlan, dscp, duplex, fed],
      ["66.0.0.128", "3128016101000001", 96, 46, "half", false],
    );
  });

  it("isVoice() knows the ways to write the application", () => {
    for (const voice of ["2.64.0", "1.64", "1"]) assert.ok(isVoice(voice), voice);
    for (const other of ["2.32.0", "2.0.128", "2", "", "64"]) assert.ok(!isVoice(other), other);
  });

  it("voiceToldOf() says what the switch tells its phones, and what is set on the port", () => {
    const tables = tablesOf({
      ...interfaces,
      [voice.toldVlan]: { "101.2.64.0": 96, "101.2.32.0": 97, "102.2.64.0": 0 },
      [voice.toldDscp]: { "101.2.64.0": 46 },
      [voice.ciscoVoiceVlan]: { "102": 500, "103": 4096 },
    });
    assert.deepEqual(
      [...voiceToldOf(tables, interfacesOf(tables))],
      [
        [101, { vlan: 96, dscp: 46 }],
        [102, { vlan: null, configured: 500 }],
      ],
    );
  });

  it("names a phone by its telephone bit alone", () => {
    const {
      [lldp.medClass]: _,
      [lldp.medModel]: __,
      [lldp.medFirmware]: ___,
      [lldp.medAsked]: ____,
      ...plain
    } = yealink;
    const phone = whoIsWhere(plain).get(101)?.phone;
    assert.equal(phone?.by, "lldp");
    assert.equal(phone.mac, "805ec0010001");
  });

  it("names a phone that tells no more than its voice policy, or has the address of a phone maker", () => {
    // As an ICX hands on an OpenStage: no capabilities, no inventory, no name.
    const bare: Columns = {
      [lldp.chassisSubtype]: { "0.101.5": 5, "0.102.4": 5 },
      [lldp.chassisId]: { "0.101.5": hex("01ac196043"), "0.102.4": hex("01ac196017") },
      [lldp.portSubtype]: { "0.101.5": 3, "0.102.4": 3 },
      [lldp.portId]: { "0.101.5": hex("0200e857cab7"), "0.102.4": hex("001ae83881d7") },
      [lldp.medVlan]: { "0.101.5.2.64.0": 96 },
      [lldp.medAsked]: { "0.101.5": 99 },
    };
    assert.deepEqual(phoneOn(bare, 101), {
      by: "lldp-med",
      mac: "0200e857cab7",
      asked: 9.9,
      fed: true,
      vlan: 96,
    });
    assert.deepEqual(phoneOn(bare, 102), { by: "lldp", mac: "001ae83881d7" });
    const switches: Columns = {
      ...bare,
      [lldp.medClass]: { "0.101.5": 4 },
      [lldp.capabilities]: { "0.102.4": hex("2800") },
    };
    assert.deepEqual([phoneOn(switches, 101), phoneOn(switches, 102)], [{}, {}]);
  });

  it("calls a neighbour without a name by its chassis: address, text, and nothing where there is only zeros", () => {
    const named = (subtype: number, id: Uint8Array) =>
      whoIsWhere({
        [lldp.chassisSubtype]: { "0.101.1": subtype },
        [lldp.chassisId]: { "0.101.1": id },
      }).get(101)?.neighbour;
    assert.equal(named(4, hex("98fa9b257008")), "98:fa:9b:25:70:08");
    assert.equal(named(4, text("98-FA-9B-25-70-08")), "98:fa:9b:25:70:08");
    assert.equal(named(5, hex("010a0114c8")), "10.1.20.200");
    assert.equal(named(5, hex("0220010db8000000000000000000000007")), "2001:db8::7");
    assert.equal(named(5, text("10.10.20.38")), "10.10.20.38");
    assert.equal(named(7, text("switch.example")), "switch.example");
    assert.equal(named(0, hex("00000000")), undefined);
  });

  it("reads the second edition of LLDP-MIB, which numbers its rows by interface, where the first is empty", () => {
    const second: Columns = {
      [lldpV2.chassisSubtype]: { "7.103.1.2": 4, "9.999.1.1": 4 },
      [lldpV2.chassisId]: { "7.103.1.2": hex("805ec0010009"), "9.999.1.1": hex("020000000001") },
      [lldpV2.sysName]: { "7.103.1.2": text("SIP-T46U"), "9.999.1.1": text("nowhere") },
      [lldpV2.sysDescr]: { "7.103.1.2": text("108.86.0.90") },
      [lldpV2.capabilities]: { "7.103.1.2": hex("2400") },
    };
    const there = whoIsWhere(second);
    assert.deepEqual([...there.keys()], [103]);
    assert.equal(there.get(103)?.phone?.mac, "805ec0010009");
    assert.deepEqual([...whoIsWhere({ ...second, ...yealink }).keys()], [101]);
  });

  it("keeps the PC behind a phone from being taken for the phone", () => {
    const both: Columns = {
      ...yealink,
      [lldp.chassisSubtype]: { "0.101.1": 5, "0.101.2": 4 },
      [lldp.chassisId]: { "0.101.1": hex("010a0000ce"), "0.101.2": hex("020000000009") },
      [lldp.sysName]: { "0.101.1": text("SIP-T41S"), "0.101.2": text("desk-pc") },
      [lldp.capabilities]: { "0.101.1": hex("2400"), "0.101.2": hex("0100") },
    };
    assert.equal(whoIsWhere(both).get(101)?.phone?.mac, "805ec0010001");
  });

  it("takes the newest row where one neighbour stands under two time marks", () => {
    const twice: Columns = {
      [lldp.chassisSubtype]: { "100.101.1": 4, "900.101.1": 4 },
      [lldp.chassisId]: { "100.101.1": hex("020000000001"), "900.101.1": hex("020000000002") },
      [lldp.capabilities]: { "100.101.1": hex("0400"), "900.101.1": hex("0400") },
    };
    assert.equal(whoIsWhere(twice).get(101)?.phone?.mac, "020000000002");
  });

  it("reads ids that are text (FortiSwitch)", () => {
    const words: Columns = {
      [lldp.chassisSubtype]: { "998707741.102.1": 4 },
      [lldp.chassisId]: { "998707741.102.1": text("94:c6:91:aa:00:01") },
      [lldp.capabilities]: { "998707741.102.1": hex("2400") },
    };
    assert.equal(whoIsWhere(words).get(102)?.phone?.mac, "94c691aa0001");
  });

  it("names a phone by CDP, its MAC from SEP and 12 digits", () => {
    const rows: Columns = {
      [cdp.deviceId]: { "102.4": text("SEP0004F217997E") },
      [cdp.platform]: { "102.4": text("Polycom SoundPoint IP") },
      [cdp.version]: { "102.4": text("App: 2.1.1") },
      [cdp.capabilities]: { "102.4": hex("00000090") },
      [cdp.asked]: { "102.4": 5500 },
    };
    assert.deepEqual(phoneOn(rows, 102), {
      by: "cdp",
      mac: "0004f217997e",
      name: "SEP0004F217997E",
      model: "Polycom SoundPoint IP",
      firmware: "App: 2.1.1",
      asked: 5.5,
      fed: true,
    });
  });

  it("names a switch by CDP and no phone", () => {
    const rows: Columns = {
      [cdp.deviceId]: { "103.1": text("core-1.example") },
      [cdp.capabilities]: { "103.1": hex("00000029") },
    };
    assert.deepEqual(whoIsWhere(rows).get(103), { phone: undefined, neighbour: "core-1.example" });
  });

  it("prefers LLDP-MED to CDP and fills its gaps only from the same phone", () => {
    const rows: Columns = {
      ...yealink,
      [lldp.medFirmware]: {},
      [lldp.sysDescr]: {},
      [cdp.deviceId]: { "101.1": text("SEP0004F2179900") },
      [cdp.version]: { "101.1": text("of another phone") },
    };
    const phone = whoIsWhere(rows).get(101)?.phone;
    assert.equal(phone?.by, "lldp-med");
    assert.equal(phone.firmware, undefined);
  });
});

describe("macTablePhones()", () => {
  const bridge: Columns = { [mapping.bridgePort]: { "1": 101, "2": 102, "3": 103 } };
  const mac = (last: number) => `128.94.192.1.0.${last}`;

  it("names a phone maker's address on exactly one edge port", () => {
    const rows: Columns = { ...bridge, [addresses.qPort]: { [`500.${mac(7)}`]: 2, "500.2.0.0.0.0.1": 2 } };
    assert.deepEqual(phoneOn(rows, 102), { by: "mac-table", mac: "805ec0010007" });
  });

  it("learnedAddresses() says the VLAN, by the map of filtering databases where there is one", () => {
    const tables = tablesOf({
      ...bridge,
      [addresses.qPort]: { [`7.${mac(7)}`]: 2, [`8.${mac(8)}`]: 3 },
      [addresses.vlanFdb]: { "0.500": 7 },
    });
    assert.deepEqual(learnedAddresses(tables), [
      { ifIndex: 102, mac: "805ec0010007", vlan: 500 },
      { ifIndex: 103, mac: "805ec0010008", vlan: 8 },
    ]);
  });

  it("learnedAddresses() reads each VLAN with its own bridge ports (old Cisco)", () => {
    const inVlan = tablesOf({ [mapping.bridgePort]: { "9": 103 }, [addresses.port]: { [mac(9)]: 9 } });
    assert.deepEqual(learnedAddresses(tablesOf(bridge), new Map([[500, inVlan]])), [
      { ifIndex: 103, mac: "805ec0010009", vlan: 500 },
    ]);
  });

  it("says nothing of an address seen on two ports", () => {
    const rows: Columns = { ...bridge, [addresses.qPort]: { [`500.${mac(7)}`]: 2, [`501.${mac(7)}`]: 3 } };
    assert.equal(whoIsWhere(rows).size, 0);
  });

  it("says nothing of addresses behind an uplink, by its neighbour or by its many addresses", () => {
    const many = Object.fromEntries([1, 2, 3, 4].map((n) => [`500.2.0.0.0.0.${n}`, 1]));
    const rows: Columns = { ...bridge, [addresses.qPort]: { [`500.${mac(7)}`]: 1, ...many } };
    assert.equal(whoIsWhere(rows).size, 0);
    const named: Columns = {
      ...bridge,
      [addresses.port]: { [mac(8)]: 3 },
      [cdp.deviceId]: { "103.1": text("core-1") },
      [cdp.capabilities]: { "103.1": hex("00000028") },
    };
    assert.equal(whoIsWhere(named).get(103)?.phone, undefined);
  });

  it("drops a leading length (Aruba CX) and rows that are no address", () => {
    const rows: Columns = {
      ...bridge,
      [addresses.port]: { [`6.${mac(9)}`]: 2, "12345": 2, "1.2.3.4.5.999": 2 },
    };
    assert.equal(whoIsWhere(rows).get(102)?.phone?.mac, "805ec0010009");
  });

  it("leaves the switch's own addresses out", () => {
    const rows: Columns = {
      ...bridge,
      [addresses.port]: { [mac(9)]: 2 },
      [addresses.status]: { [mac(9)]: 4 },
    };
    assert.equal(whoIsWhere(rows).size, 0);
  });
});

describe("lldpCapabilities()", () => {
  const cases: [string, boolean, boolean][] = [
    ["2400", true, true],
    ["0400", true, false],
    ["2800", false, true],
    ["0024", true, true], // EXOS: the two octets of the wire
    ["0004", false, true],
    ["", false, false],
    ["0000", false, false],
  ];
  for (const [octets, telephone, bridge] of cases) {
    it(`reads ${octets || "nothing"}`, () => {
      assert.deepEqual(lldpCapabilities(hex(octets)), { telephone, bridge });
    });
  }
});

describe("lldpLocalPorts()", () => {
  const cases: { name: string; columns: Columns; port: string; ifIndex: number | undefined }[] = [
    {
      name: "the port's name",
      columns: { [lldp.localId]: { "7": text("Gi1/0/2") } },
      port: "7",
      ifIndex: 102,
    },
    {
      name: "a long name",
      columns: { [lldp.localDescr]: { "7": text("GigabitEthernet1/0/3") } },
      port: "7",
      ifIndex: 103,
    },
    { name: "its number, an ifIndex", columns: {}, port: "102", ifIndex: 102 },
    {
      name: "its number, a bridge port (EXOS)",
      columns: { [lldp.localId]: { "3": text("3") }, [mapping.bridgePort]: { "3": 103 } },
      port: "3",
      ifIndex: 103,
    },
    {
      name: "a MAC that one port alone has",
      columns: {
        [lldp.localSubtype]: { "9": 3 },
        [lldp.localId]: { "9": hex("020000000003") },
        [ifMib.mac]: { "101": hex("020000000001"), "103": hex("020000000003") },
      },
      port: "9",
      ifIndex: 103,
    },
    {
      name: "a local number that is an ifIndex (subtype 7)",
      columns: { [lldp.localSubtype]: { "9": 7 }, [lldp.localId]: { "9": text("101") } },
      port: "9",
      ifIndex: 101,
    },
    { name: "nothing", columns: {}, port: "34129154", ifIndex: undefined },
  ];
  for (const each of cases) {
    it(`goes by ${each.name}`, () => {
      const tables = tablesOf({ ...interfaces, ...each.columns });
      assert.equal(lldpLocalPorts(tables, interfacesOf(tables))(each.port), each.ifIndex);
    });
  }
});
