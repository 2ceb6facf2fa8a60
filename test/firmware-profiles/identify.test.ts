// What agents and paths tell, over all families: real agents (MACs and serial numbers made up) and the names that phones
// ask for. Facts: the vendors' guides, the agents that wazo-provd-plugins and fusionpbx tell of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { identifyAsked } from "../../provisioning-server/answer/identify-line.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);

/** Agent, path, and what they tell: vendor | model | MAC | firmware | file; `-` where they do not. */
const table: [agent: string | undefined, path: string, told: string][] = [
  [
    "Yealink CP860 37.72.0.5 00:15:65:00:37:86",
    "/001565003786.cfg",
    "yealink | CP860 | 001565003786 | 37.72.0.5 | config",
  ],
  [
    "yealink SIP-T18 18.0.0.80 00:15:65:00:3e:05",
    "/y000000000018.cfg",
    "yealink | T18 | 001565003e05 | 18.0.0.80 | config",
  ],
  [
    "Yealink SIP-T19P_E2 53.80.0.3 00:15:65:00:4c:26",
    "/y000000000053.cfg",
    "yealink | T19P_E2 | 001565004c26 | 53.80.0.3 | config",
  ],
  [
    "Yealink SIP-T20P 9.72.0.30 00:15:65:00:16:7c",
    "/y000000000007.cfg",
    "yealink | T20P | 00156500167c | 9.72.0.30 | config",
  ],
  ["Yealink SIP-T20P 9.72.0.30 00:15:6525ef16a7c", "/", "yealink | T20P | - | 9.72.0.30 | unknown"],
  [
    "Yealink SIP-T21P 34.72.0.1 00:15:65:00:4c:26",
    "/00156500-4c26.cfg",
    "yealink | T21P | 001565004c26 | 34.72.0.1 | unknown",
  ],
  [
    "Yealink SIP-T21P_E2 52.80.0.3 00:15:65:00:4c:27",
    "/001565004c27.boot",
    "yealink | T21P_E2 | 001565004c27 | 52.80.0.3 | optional",
  ],
  [
    "Yealink SIP-T22P 7.72.0.30 00:15:65:00:31:fc",
    "/0015650031fc-contact.xml",
    "yealink | T22P | 0015650031fc | 7.72.0.30 | optional",
  ],
  [
    "Yealink SIP-T23G 44.80.0.60 00:15:65:00:70:f2",
    "/0015650070F2.CFG",
    "yealink | T23G | 0015650070f2 | 44.80.0.60 | config",
  ],
  [
    "Yealink SIP-T26P 6.72.0.30 00:15:65:00:57:d2",
    "/y000000000004.cfg",
    "yealink | T26P | 0015650057d2 | 6.72.0.30 | config",
  ],
  [
    "Yealink SIP-T27P 45.80.0.25 00:15:65:00:48:12",
    "/prov/yealink//001565004812.cfg?a=b",
    "yealink | T27P | 001565004812 | 45.80.0.25 | config",
  ],
  [
    "yealink SIP-T28P 2.70.0.140 00:15:65:00:ae:0b",
    "/%30%30156500ae0b.cfg",
    "yealink | T28P | 00156500ae0b | 2.70.0.140 | config",
  ],
  [
    "Yealink SIP-T38G  38.70.0.125 00:15:65:00:c3:5e",
    "/y000000000038.cfg",
    "yealink | T38G | 00156500c35e | 38.70.0.125 | config",
  ],
  [
    "Yealink SIP-T46G 28.72.0.1 00:15:65:00:a9:37",
    "/T46-28.72.0.1.rom",
    "yealink | T46G | 00156500a937 | 28.72.0.1 | firmware",
  ],
  [
    "Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0",
    "/y000000000028.cfg",
    "yealink | T46G | - | 28.71.0.81 | config",
  ],
  [
    "Yealink SIP VP-T49G 51.80.0.10 00:15:65:00:5a:44",
    "/",
    "yealink | T49G | 001565005a44 | 51.80.0.10 | unknown",
  ],
  [
    "Yealink SIP-W52P 25.73.0.20 00:15:65:00:ae:35",
    "/y000000000025.cfg",
    "yealink | W52P | 00156500ae35 | 25.73.0.20 | config",
  ],
  ["W52P 25.30.0.2 00:15:65:00:b3:7c", "/", "yealink | W52P | 00156500b37c | 25.30.0.2 | unknown"],
  [
    "Yealink W60B 77.81.0.35 80:5e:c0:00:ab:dc",
    "/y000000000077.cfg",
    "yealink | W60B | 805ec000abdc | 77.81.0.35 | config",
  ],
  ["VP530P 23.70.0.40 00:15:65:00:4b:c0", "/", "yealink | VP530P | 001565004bc0 | 23.70.0.40 | unknown"],
  ["VP530 23.70.0.41 00:15:65:00:58:e3", "/", "yealink | VP530P | 0015650058e3 | 23.70.0.41 | unknown"],
  [
    "Yealink SIP-T58A 58.83.0.15 00:15:65:00:5b:22",
    "/",
    "yealink | T58A | 001565005b22 | 58.83.0.15 | unknown",
  ],
  [
    "Yealink SIP-T56A  58.80.0.25 001565f400a4",
    "/y000000000056.cfg",
    "yealink | T56A | 001565f400a4 | 58.80.0.25 | config",
  ],
  [
    "Yealink SIP-T31G 124.85.257.55 80:5e:c0:00:7d:72",
    "/y000000000123.cfg",
    "yealink | T31G | 805ec0007d72 | 124.85.257.55 | config",
  ],
  [
    "Yealink W90DM 130.85.0.15 80:5e:c0:00:c7:44",
    "/",
    "yealink | W90DM | 805ec000c744 | 130.85.0.15 | unknown",
  ],
  ["Yealink W75B 175.85.0.5 24:9a:d8:00:fb:11", "/", "yealink | W75B | 249ad800fb11 | 175.85.0.5 | unknown"],
  [
    "Yealink SIP-T77U 185.87.0.10 44:db:d2:00:b5:69",
    "/y000000000188.cfg",
    "yealink | T77U | 44dbd200b569 | 185.87.0.10 | config",
  ],
  [
    "Yealink SIP-T87W 185.87.0.10 44:db:d2:00:c9:b7",
    "/",
    "yealink | T87W | 44dbd200c9b7 | 185.87.0.10 | unknown",
  ],
  [
    "Yealink AX83H 180.87.0.15 80:5e:c0:00:00:77",
    "/",
    "yealink | AX83H | 805ec0000077 | 180.87.0.15 | unknown",
  ],
  [
    "Yealink SIP-CP920 78.85.0.5 00:15:65:00:16:7c",
    "/",
    "yealink | CP920 | 00156500167c | 78.85.0.5 | unknown",
  ],
  [
    "Yealink SIP-T46S 66.84.0.15 00:00:00:00:00:00",
    "/000000000000.cfg",
    "yealink | T46S | - | 66.84.0.15 | unknown",
  ],
  [
    "FileTransport PolycomSoundPointIP-SPIP_335-UA/3.2.1.0078",
    "/0004f2000001.cfg",
    "poly | SPIP335 | 0004f2000001 | 3.2.1.0078 | config",
  ],
  [
    "FileTransport PolycomSoundPointIP-SPIP_335-UA/4.2.1.0275",
    "/0004f2000001-phone.cfg",
    "poly | SPIP335 | 0004f2000001 | 4.2.1.0275 | optional",
  ],
  [
    "FileTransport PolycomSoundPointIP-SPIP_450-UA/3.2.3.1734",
    "/sip.cfg",
    "poly | SPIP450 | - | 3.2.3.1734 | config",
  ],
  [
    "FileTransport PolycomSoundPointIP-SPIP_550-UA/3.2.3.1734",
    "/phone1.cfg",
    "poly | SPIP550 | - | 3.2.3.1734 | config",
  ],
  [
    "FileTransport PolycomSoundStationIP-SSIP_6000-UA/4.0.4.2906 Type/Application",
    "/0004f2000002-license.cfg",
    "poly | SSIP6000 | 0004f2000002 | 4.0.4.2906 | optional",
  ],
  [
    "FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater",
    "/sip.ld",
    "poly | SSIP6000 | - | 5.0.3.1667 | firmware",
  ],
  [
    "FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application",
    "/0004f2000003-directory.xml",
    "poly | VVX400 | 0004f2000003 | 4.1.4.7430 | directory",
  ],
  [
    "FileTransport PolycomVVX-VVX_101-UA/5.4.3.1014 Type/Application",
    "/000000000000.cfg",
    "poly | VVX101 | - | 5.4.3.1014 | config",
  ],
  [
    "FileTransport PolycomVVX-VVX_400-UA/5.9.0.9373 (SN:0004f2000004) Type/Application",
    "/3111-46157-002.sip.ld",
    "poly | VVX400 | 0004f2000004 | 5.9.0.9373 | firmware",
  ],
  [
    "FileTransport PolyEdge-Edge_E350-UA/8.1.0.11722 (SN:482567000001) Type/Application",
    "/482567000001.cfg",
    "poly | EdgeE350 | 482567000001 | 8.1.0.11722 | config",
  ],
  [
    "FileTransport PolyCCX-CCX_600-UA/8.0.2.3267 (SN:48256700313f) Type/Application",
    "/48256700313f-calls.xml",
    "poly | CCX600 | 48256700313f | 8.0.2.3267 | optional",
  ],
  [
    "PolycomRealPresenceTrio-Trio_8800-UA/5.4.3.2007",
    "/64167f000001.cfg",
    "poly | Trio8800 | 64167f000001 | 5.4.3.2007 | config",
  ],
  [
    "FileTransport PolycomVVX-VVX_410-UA/5.9.0.9373 (SN:000000000000) Type/Updater",
    "/000000000000-directory.xml",
    "poly | VVX410 | - | 5.9.0.9373 | directory",
  ],
  ["OBIHAI/OBi202-3.2.2.5921", "/OBi202.xml", "poly | OBi202 | - | 3.2.2.5921 | optional"],
  ["Mozilla/4.0 (compatible; snom lid 3605)", "/snom360.htm", "snom | 360 | - | - | config"],
  [
    "Mozilla/4.0 (compatible; snom320-SIP 6.5.20; snom320 jffs2 v3.36; snom320 linux 3.38)",
    "/snom320-000413000001.htm",
    "snom | 320 | 000413000001 | 6.5.20 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom320-SIP 7.3.30 1.1.3-u)",
    "/snom320.htm",
    "snom | 320 | - | 7.3.30 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)",
    "/000413000002.xml",
    "snom | 320 | 000413000002 | 8.4.18 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom710-SIP 8.7.3.19 1.1.5-IFX-05.01.12)",
    "/snom710.xml",
    "snom | 710 | - | 8.7.3.19 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)",
    "/000413741767.xml",
    "snom | 710 | 000413741767 | 8.7.5.35 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom760-SIP 8.7.3.19 2010.06)",
    "/snom760-firmware.xml",
    "snom | 760 | - | 8.7.3.19 | optional",
  ],
  [
    "Mozilla/4.0 (compatible; snom820-SIP 8.4.35 1.1.4-IFX-26.11.09)",
    "/snom820.htm",
    "snom | 820 | - | 8.4.35 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snom870-SIP 8.4.35 SPEAr300 SNOM 1.4)",
    "/snom870-00041300000A.htm",
    "snom | 870 | 00041300000a | 8.4.35 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snomPA1-SIP 8.4.35 1.1.3-s)",
    "/snomPA1.htm",
    "snom | PA1 | - | 8.4.35 | config",
  ],
  [
    "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)",
    "/000413922D24.xml",
    "snom | D785 | 000413922d24 | 10.1.33.33 | config",
  ],
  [
    "Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)",
    "/000413B60680.xml",
    "snom | M900 | 000413b60680 | 05.20.0001 | config",
  ],
  [
    "snomM700/03.23.0005 (MAC=00087b0d0001; SER= 00000; HW=1)",
    "/snomM700.htm",
    "snom | M700 | 00087b0d0001 | 03.23.0005 | config",
  ],
  [
    "Grandstream Model HW GXP2130 SW 1.0.9.135 DevId 000b82000001",
    "/cfg000b82000001",
    "grandstream | GXP2130 | 000b82000001 | 1.0.9.135 | config",
  ],
  [
    "Grandstream Model HW GXP1405 SW 1.0.4.23 DevId 000b82000002",
    "/cfg000b82000002.xml",
    "grandstream | GXP1405 | 000b82000002 | 1.0.4.23 | config",
  ],
  [
    "Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad000001",
    "/cfgc074ad000001.xml",
    "grandstream | HT801 | c074ad000001 | 1.0.17.5 | config",
  ],
  [
    "Grandstream Model HW GRP2615 SW 1.0.5.48 DevId c0:74:ad:00:00:02",
    "/cfggrp2615.xml",
    "grandstream | GRP2615 | c074ad000002 | 1.0.5.48 | optional",
  ],
  [
    "Grandstream Model HW GXW4248 SW 1.0.11.3 (DevId 000b82000003 / 000b82000004)",
    "/cfg.xml",
    "grandstream | GXW4248 | - | 1.0.11.3 | optional",
  ],
  [
    "Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.6) DevId 000b82000005",
    "/cfg000b82000005",
    "grandstream | GXP2000 | 000b82000005 | 1.2.5.3 | config",
  ],
  [
    "Grandstream GXP1200 (gxp1200e.bin:1.2.1.4/boot55e.bin:1.1.6.6)",
    "/gxp1200fw.bin",
    "grandstream | GXP1200 | - | 1.2.1.4 | firmware",
  ],
  ["Grandstream HT502 1.0.16.2", "/ht502fw.bin", "grandstream | HT502 | - | 1.0.16.2 | firmware"],
  [
    "Grandstream Model HW GXP2170 SW 1.0.11.3 DevId 000b8200000",
    "/phonebook.xml",
    "grandstream | GXP2170 | - | 1.0.11.3 | directory",
  ],
  ["Linksys/SPA-942-6.1.5(a) (88019FA42805)", "/spa942.cfg", "cisco | SPA942 | - | 6.1.5(a) | config"],
  ["Linksys/SPA-962-6.1.5(a) (4MM00F903042)", "/spa962.cfg", "cisco | SPA962 | - | 6.1.5(a) | config"],
  ["Linksys/PAP2T-5.1.6(LS) (FLI00K000001)", "/init.cfg", "cisco | PAP2T | - | 5.1.6(LS) | config"],
  [
    "Cisco/SPA501G-7.4.4 (8843E1000001)(CBT141100HR)",
    "/spa501G.cfg",
    "cisco | SPA501G | 8843e1000001 | 7.4.4 | config",
  ],
  [
    "Cisco/SPA508G-7.4.4 (0002FD000001)(CBT141400UK)",
    "/spa508G.cfg",
    "cisco | SPA508G | 0002fd000001 | 7.4.4 | config",
  ],
  [
    "Cisco/SPA508G-7.4.8a (0002FD000002)(CBT141400UK)",
    "/0002fd000002.xml",
    "cisco | SPA508G | 0002fd000002 | 7.4.8a | config",
  ],
  ["Cisco/SPA525G-7.4.4 (CBT141900G7)", "/spa525G.cfg", "cisco | SPA525G | - | 7.4.4 | config"],
  ["Cisco/SPA525G2-7.6.2 (CCQ000000A1)", "/SPA525G2.cfg", "cisco | SPA525G2 | - | 7.6.2 | config"],
  [
    "Cisco/SPA504G-7.6.2f (E02F6D000001)(CCQ16230000)",
    "/spa504G.cfg",
    "cisco | SPA504G | e02f6d000001 | 7.6.2f | config",
  ],
  [
    "Cisco/SPA112-1.4.1(002_002) (CCQ0000000B)",
    "/spa112.cfg",
    "cisco | SPA112 | - | 1.4.1(002_002) | config",
  ],
  ["Cisco/ATA191-MPP-11-1-0-MSR4 (FCH2443D9R4)", "/ata191.cfg", "cisco | ATA191 | - | 11-1-0-MSR4 | config"],
  [
    "Cisco/ATA191-MPP-11-1-0-MSR4 (FCH2443D9R4)",
    "/spa-ata.xml?mac=00562b000009",
    "cisco | ATA191 | 00562b000009 | 11-1-0-MSR4 | unknown",
  ],
  [
    "Cisco-CP-7832-3PCC/11.0.1 (00562b000001)",
    "/7832-3PCC.xml",
    "cisco | 7832 | 00562b000001 | 11.0.1 | config",
  ],
  [
    "Cisco-CP-8851-3PCC/11.3.1 (00562B000002)",
    "/Cisco/CP-8851-3PCC/00562b000002.cfg",
    "cisco | 8851 | 00562b000002 | 11.3.1 | config",
  ],
  [
    "Cisco-CP-8841-3PCC/12.0.1_00562b000003_a6e0-0001_a6e0-0002",
    "/00562b000003.xml",
    "cisco | 8841 | 00562b000003 | 12.0.1 | config",
  ],
  ["Cisco-CP-7941G/8.5.3", "/SEP001122334455.cnf.xml", "cisco | 7941G | 001122334455 | 8.5.3 | config"],
  [undefined, "/SEP00ABCDEF0123.cnf.xml", "cisco | - | 00abcdef0123 | - | config"],
  [undefined, "/CTLSEP00ABCDEF0123.tlv", "cisco | - | 00abcdef0123 | - | optional"],
  [undefined, "/ITLSEP00ABCDEF0123.tlv", "cisco | - | 00abcdef0123 | - | optional"],
  [undefined, "/XMLDefault.cnf.xml", "cisco | - | - | - | optional"],
  [undefined, "/OS79XX.TXT", "cisco | - | - | - | optional"],
  [undefined, "/SIPDefault.cnf", "cisco | - | - | - | config"],
  [undefined, "/SIP00ABCDEF0123.cnf", "cisco | - | 00abcdef0123 | - | config"],
  [undefined, "/ATA00ABCDEF0123.cnf.xml", "cisco | - | 00abcdef0123 | - | config"],
  [
    "Aastra6731i MAC:00-08-5D-00-74-29 V:3.2.0.70-SIP",
    "/00085D007429.cfg",
    "mitel | 6731i | 00085d007429 | 3.2.0.70 | config",
  ],
  [
    "Aastra6739i MAC:00-08-5D-00-CA-05 V:3.0.1.2024-SIP",
    "/aastra.cfg",
    "mitel | 6739i | 00085d00ca05 | 3.0.1.2024 | config",
  ],
  [
    "Aastra6739i MAC:00-08-5D-00-CA-05 V:3.2.1.1013-SIP",
    "/6739i.cfg",
    "mitel | 6739i | 00085d00ca05 | 3.2.1.1013 | optional",
  ],
  [
    "Aastra6735i MAC:00-08-5D-00-A0-94 V:3.2.2.6038-SIP",
    "/6735i.st",
    "mitel | 6735i | 00085d00a094 | 3.2.2.6038 | firmware",
  ],
  [
    "Aastra6737i MAC:00-08-5D-00-A6-CE V:3.2.2.6038-SIP",
    "/startup.cfg",
    "mitel | 6737i | 00085d00a6ce | 3.2.2.6038 | config",
  ],
  [
    "Aastra6863i MAC:00-08-5D-00-90-5F V:4.1.0.128-SIP",
    "/security.tuz",
    "mitel | 6863i | 00085d00905f | 4.1.0.128 | optional",
  ],
  [
    "Aastra57i MAC:00-08-5D-00-98-70 V:2.1.0.2145-SIP",
    "/00085D009870.tuz",
    "mitel | 6757i | 00085d009870 | 2.1.0.2145 | optional",
  ],
  [
    "Mitel6915 MAC:14-00-E9-00-E2-41 V:6.4.0.140-SIP",
    "/startup.cfg",
    "mitel | 6915 | 1400e900e241 | 6.4.0.140 | config",
  ],
  [
    "Mitel6920 MAC:14-00-E9-00-03-EA V:6.4.0.140-SIP",
    "/1400E90003EA.cfg",
    "mitel | 6920 | 1400e90003ea | 6.4.0.140 | config",
  ],
  [
    "Mitel6940 MAC:14-00-E9-00-45-24 V:6.4.0.140-SIP",
    "/lang_de.txt",
    "mitel | 6940 | 1400e9004524 | 6.4.0.140 | optional",
  ],
  ["Aastra6731i MAC:00-08-5D-00-74 V:3.2.0.70-SIP", "/startup.cfg", "mitel | 6731i | - | 3.2.0.70 | config"],
  [
    "Aastra6731i MAC:00-00-00-00-00-00 V:3.2.0.70-SIP",
    "/startup.cfg",
    "mitel | 6731i | - | 3.2.0.70 | config",
  ],
  [
    "AVAYA/SIP12x0\u0017/04.00.04.00",
    "/SIP00809f000001.cfg",
    "avaya | - | 00809f000001 | 04.00.04.00 | optional",
  ],
  ["AVAYA/SIP12x0ÿ/04.01.13.00", "/x", "avaya | - | - | 04.01.13.00 | unknown"],
  ["AVAYA/SIP12x0\u0014/04.00.04.00", "/x", "avaya | - | - | 04.00.04.00 | unknown"],
  [
    "Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J179-4.1.3.0.6 (MAC:c81fea00e85a)",
    "/46xxsettings.txt",
    "avaya | J179 | c81fea00e85a | 4.1.3.0.6 | config",
  ],
  [
    "AVAYA/J189-4.1.3.0.6 (MAC:c81fea000001)",
    "/J100Supgrade.txt",
    "avaya | J189 | c81fea000001 | 4.1.3.0.6 | config",
  ],
  [
    "Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J139-4.0.0.0.21 (MAC:c81fea)",
    "/FW_S_J139_R4_0_0_0_21.bin",
    "avaya | J139 | - | 4.0.0.0.21 | firmware",
  ],
  ["Mozilla/4.0 (compatible; MSIE 6.0)", "/46xxsettings.txt", "avaya | - | - | - | config"],
  [
    "Gigaset N720 DM PRO/70.089.00.000.000;7C2F800021E4",
    "/7C2F800021E4.xml",
    "gigaset | N720 DM PRO | 7c2f800021e4 | 70.089.00.000.000 | config",
  ],
  [
    "Gigaset N720 DM PRO/70.108.00.000.000",
    "/70/1/master.bin",
    "gigaset | N720 DM PRO | - | 70.108.00.000.000 | firmware",
  ],
  [
    "N720-DM-PRO/70.040.00.000.000",
    "/70/222/baselines.bin",
    "gigaset | N720 DM PRO | - | 70.040.00.000.000 | firmware",
  ],
  [
    "N510 IP PRO/42.245.00.000.000;7C2F8000F9A9",
    "/42/2/master.bin",
    "gigaset | N510 IP PRO | 7c2f8000f9a9 | 42.245.00.000.000 | firmware",
  ],
  [
    "N510 IP PRO/42.245.00.000.000",
    "/42/2/baselines.bin",
    "gigaset | N510 IP PRO | - | 42.245.00.000.000 | firmware",
  ],
  [
    "N510 IP PRO/42.258.00.000.000;7C2F800057D7",
    "/7C2F800057D7.xml",
    "gigaset | N510 IP PRO | 7c2f800057d7 | 42.258.00.000.000 | config",
  ],
  [
    "Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;7C2F8000D605",
    "/7C2F8000D605.xml",
    "gigaset | N870 IP PRO | 7c2f8000d605 | 83.V2.11.0 | config",
  ],
  [
    "Gigaset N610 IP PRO/83.V2.64.0-160-g758db0bf;589EC6000001;Handset=20",
    "/589EC6000001.xml",
    "gigaset | N610 IP PRO | 589ec6000001 | 83.V2.64.0-160-g758db0bf | config",
  ],
  [
    "Panasonic_KX-UT113/01.133 (0080f000c381)",
    "/KX-UT113.cfg",
    "panasonic | KX-UT113 | 0080f000c381 | 01.133 | config",
  ],
  [
    "Panasonic_KX-HDV230/08.104 (bcc342000001)",
    "/ConfigBCC342000001.cfg",
    "panasonic | KX-HDV230 | bcc342000001 | 08.104 | config",
  ],
  [
    "Panasonic_KX-TGP600/11.131 (0080f0000002)",
    "/Config0080F0000002.cfg",
    "panasonic | KX-TGP600 | 0080f0000002 | 11.131 | config",
  ],
  [
    "Panasonic_KX-TGP500B04/12.81 (0080f0000081)",
    "/x",
    "panasonic | KX-TGP500B04 | 0080f0000081 | 12.81 | unknown",
  ],
  [
    "Fanvil X4 2.10.2.6887 0c383e00e16c",
    "/0c383e00e16c.cfg",
    "fanvil | X4 | 0c383e00e16c | 2.10.2.6887 | config",
  ],
  [
    "Fanvil X3U Pro 2.12.16.17 0c383e000001",
    "/0c383e000001.xml",
    "fanvil | X3U Pro | 0c383e000001 | 2.12.16.17 | config",
  ],
  ["Fanvil X5U 2.12.1.7", "/F0V00X5U0000.cfg", "fanvil | X5U | - | 2.12.1.7 | config"],
  [
    "Linkvil W611W 2.14.2.28.1 0c383e000002",
    "/0c383e000002.cfg",
    "fanvil | W611W | 0c383e000002 | 2.14.2.28.1 | config",
  ],
  ["Fanvil X6 2.4.0 0C383E00000", "/f0X6hw1.100.cfg", "fanvil | X6 | - | 2.4.0 | config"],
  [
    "NETHESIS NP-X5 2.12.1.7 0c383e000003",
    "/0c383e000003.cfg",
    "nethesis | NP-X5 | 0c383e000003 | 2.12.1.7 | config",
  ],
  ["Htek UC926 2.0.4.2 00:1f:c1:00:00:01", "/cfg0010.xml", "htek | UC926 | 001fc1000001 | 2.0.4.2 | config"],
  [
    "Sangoma S500 2.0.4.60 00:50:58:00:00:01",
    "/cfg005058000001.xml",
    "sangoma | S500 | 005058000001 | 2.0.4.60 | config",
  ],
  ["Linphonec/5.1.65", "/linphone-020000000001.xml", "linphone | Linphonec | 020000000001 | 5.1.65 | config"],
  [
    "Linphonec/5.1.65 (belle-sip/5.1.64)",
    "/linphone/02:00:00:00:00:01.xml",
    "linphone | Linphonec | 020000000001 | 5.1.65 | config",
  ],
  ["THOMSON ST2030 hw5 fw2.72 00-14-7F-00-47-B3", "/ST2030S.inf", "- | - | - | - | unknown"],
  [
    "Digium D65 2_9_26 000fd3000065",
    "/000fd3000065-contacts.xml",
    "digium | D65 | 000fd3000065 | 2_9_26 | config",
  ],
  ["Digium D40 1_4_0_0_57389", "/000fd3000040.cfg", "digium | D40 | 000fd3000040 | 1_4_0_0_57389 | config"],
  [
    "Sangoma P330 4.13.0 005058000330",
    "/005058000330.cfg",
    "sangoma | P330 | 005058000330 | 4.13.0 | config",
  ],
  [
    "ALE M3-CE 2.11.01.1604 3c28a6000003",
    "/config.M3.xml",
    "alcatel-lucent | M3 | 3c28a6000003 | 2.11.01.1604 | config",
  ],
  [
    "ALE M7 2.13.02.010.1965 3c28a6000007",
    "/config.3c28a6000007.xml",
    "alcatel-lucent | M7 | 3c28a6000007 | 2.13.02.010.1965 | config",
  ],
  [
    "ALE H3P 2.12.10.000.1500 487a55000003",
    "/config.487a55000003.xml",
    "alcatel-lucent | H3P | 487a55000003 | 2.12.10.000.1500 | config",
  ],
  [
    "ALE 8028s-GE 1.51.52.2204 487a55000028",
    "/config.8028s-GE.xml",
    "alcatel-lucent | 8028s-GE | 487a55000028 | 1.51.52.2204 | config",
  ],
  [
    "Alcatel IP Touch 4038/2.01.20",
    "/sipconfig-00809f000038.txt",
    "alcatel-lucent | 4038 | 00809f000038 | 2.01.20 | config",
  ],
  ["Alcatel IP Touch 4038/2.01.20", "/sipconfig.txt", "alcatel-lucent | 4038 | - | 2.01.20 | config"],
  [undefined, "/lanpbx.cfg", "alcatel-lucent | - | - | - | optional"],
  [undefined, "/001AE8000200_config.xml", "unify | - | 001ae8000200 | - | config"],
  [undefined, "/000000000000_config.xml", "unify | - | - | - | config"],
  [undefined, "/DeploymentService/LoginService", "unify | - | - | - | optional"],
  [undefined, "/0C1105000063.cfg", "akuvox | - | 0c1105000063 | - | config"],
  [undefined, "/r000000000063.cfg", "akuvox | - | - | - | config"],
  [undefined, "/hipve-7C-1E-B3-00-00-02.xml", "2n | IP Verso | 7c1eb3000002 | - | config"],
  [undefined, "/7c1eb3000001.xml", "2n | - | 7c1eb3000001 | - | config"],
  [undefined, "/algom0022ee008180.conf", "algo | - | 0022ee008180 | - | config"],
  [undefined, "/algop8180.conf", "algo | 8180 | - | - | optional"],
  ["ES320VN2 v4.0 Escene", "/00268b000320_extern.xml", "escene | ES320VN2 | 00268b000320 | 4.0 | config"],
  ["ES206 v1.0", "/00268b000206.xml", "escene | ES206 | 00268b000206 | 1.0 | config"],
  [undefined, "/808287000198.cfg", "atcom | - | 808287000198 | - | config"],
  [undefined, "/00907a008441.cfg", "spectralink | - | 00907a008441 | - | config"],
  [undefined, "/zoiper-020000000005.xml", "zoiper | - | 020000000005 | - | config"],
  [
    "Jitsi/1.0-beta1-nightly.build.3408",
    "/jitsi-02:00:00:00:00:01.properties",
    "jitsi | Jitsi | 020000000001 | 1.0-beta1-nightly.build.3408 | config",
  ],
  [
    "Jitsi/1.0-beta1-nightly.build.3408",
    "/jitsi?uuid=00000000",
    "jitsi | Jitsi | - | 1.0-beta1-nightly.build.3408 | unknown",
  ],
  ["curl/8.5.0", "/805ec0000001.cfg", "yealink | - | 805ec0000001 | - | config"],
  ["Wget/1.21", "/000413000009.xml", "snom | - | 000413000009 | - | config"],
  [undefined, "/0004f2000009.cfg", "poly | - | 0004f2000009 | - | config"],
  [undefined, "/cfg000b82000009.xml", "grandstream | - | 000b82000009 | - | config"],
  [undefined, "/00085D000009.cfg", "mitel | - | 00085d000009 | - | config"],
  [undefined, "/Config0080F0000009.cfg", "panasonic | - | 0080f0000009 | - | config"],
  [undefined, "/0080f0000009.cfg", "panasonic | - | 0080f0000009 | - | config"],
  [undefined, "/7C2F80000009.xml", "gigaset | - | 7c2f80000009 | - | config"],
  [undefined, "/snom360.htm", "snom | 360 | - | - | config"],
  [undefined, "/snomD785.htm", "snom | D785 | - | - | config"],
  [undefined, "/spa504G.cfg", "cisco | SPA504G | - | - | config"],
  [undefined, "/SPA942.CFG", "cisco | SPA942 | - | - | config"],
  [undefined, "/spa$PSN.cfg", "- | - | - | - | unknown"],
  [undefined, "/8851-3PCC.xml", "cisco | 8851 | - | - | config"],
  [undefined, "/y000000000066.cfg", "yealink | T46S | - | - | config"],
  [undefined, "/y000000000065.cfg", "yealink | T48S | - | - | config"],
  [undefined, "/y000000000000.boot", "yealink | - | - | - | optional"],
  [undefined, "/sip.ld", "poly | - | - | - | firmware"],
  [undefined, "/46xxsettings.txt", "avaya | - | - | - | config"],
  [undefined, "/aastra.cfg", "mitel | - | - | - | config"],
  [undefined, "/J100Supgrade.txt", "avaya | - | - | - | config"],
  [undefined, "/gxp2130fw.bin", "grandstream | GXP2130 | - | - | firmware"],
  [undefined, "/cfggxp2130.xml", "grandstream | GXP2130 | - | - | optional"],
  [undefined, "/favicon.ico", "- | - | - | - | unknown"],
  [undefined, "/robots.txt", "- | - | - | - | unknown"],
  [undefined, "/123456789012.cfg", "- | - | 123456789012 | - | config"],
  [undefined, "/index.html", "- | - | - | - | unknown"],
  [
    "ALE 8028s-GE 1.51.52.2204 487a55000075",
    "/config.487a55000075.xml",
    "alcatel-lucent | 8028s-GE | 487a55000075 | 1.51.52.2204 | config",
  ],
  [
    "ALE M3-CE 2.11.01.1604 3c28a600089e",
    "/config.M3.xml",
    "alcatel-lucent | M3 | 3c28a600089e | 2.11.01.1604 | config",
  ],
  [
    "ALE H2P 2.10.00.0000 3c28a6000001",
    "/config.3c28a6000001.xml",
    "alcatel-lucent | H2P | 3c28a6000001 | 2.10.00.0000 | config",
  ],
  ["Alcatel IP Touch 4008/2.00.81", "/sipconfig.txt", "alcatel-lucent | 4008 | - | 2.00.81 | config"],
  [
    "Alcatel IP Touch 4018/2.01.10",
    "/sipconfig-00809f000001.txt",
    "alcatel-lucent | 4018 | 00809f000001 | 2.01.10 | config",
  ],
  ["Alcatel IP Touch 4068/2.01.20", "/lanpbx.cfg", "alcatel-lucent | 4068 | - | 2.01.20 | optional"],
  [
    "Htek UC903 2.0.4.2 00:1f:c1:00:15:a9",
    "/cfg001fc10015a9.xml",
    "htek | UC903 | 001fc10015a9 | 2.0.4.2 | config",
  ],
  [
    "Htek UC924E 2.42.6.5.44 00:1f:c1:00:15:aa",
    "/cfg000000000011.xml",
    "htek | UC924E | 001fc10015aa | 2.42.6.5.44 | unknown",
  ],
  [
    "Sangoma S500 3.0.4.81 00:50:58:00:00:01",
    "/cfg005058000001.xml",
    "sangoma | S500 | 005058000001 | 3.0.4.81 | config",
  ],
  [
    "Sangoma P330 4.13.0 005058000001",
    "/005058000001.cfg",
    "sangoma | P330 | 005058000001 | 4.13.0 | config",
  ],
  ["Digium D40 1_4_0_0_57389", "/000fd3000001.cfg", "digium | D40 | 000fd3000001 | 1_4_0_0_57389 | config"],
  [
    "Digium D65 2_8_1 000fd3000002",
    "/000fd3000002-contacts.xml",
    "digium | D65 | 000fd3000002 | 2_8_1 | config",
  ],
  ["ES320VN2 v4.0 Escene", "/00268b000001.xml", "escene | ES320VN2 | 00268b000001 | 4.0 | config"],
  [undefined, "/00268b000001_phonebook.xml", "escene | - | 00268b000001 | - | directory"],
  [undefined, "/cfg001fc1000009.xml", "htek | - | 001fc1000009 | - | config"],
  [undefined, "/000000000000-directory.xml", "- | - | - | - | directory"],
  [undefined, "/config.M3.xml", "alcatel-lucent | M3 | - | - | config"],
  [undefined, "/sipconfig-00809f000009.txt", "alcatel-lucent | - | 00809f000009 | - | config"],
  [undefined, "/0C1105000001.cfg", "akuvox | - | 0c1105000001 | - | config"],
  [undefined, "/7C-1E-B3-00-00-01.xml", "2n | - | 7c1eb3000001 | - | config"],
  [undefined, "/algom0022ee000001.conf", "algo | - | 0022ee000001 | - | config"],
  [undefined, "/001AE8000001_config.xml", "unify | - | 001ae8000001 | - | config"],
  [undefined, "/00907a000001.cfg", "spectralink | - | 00907a000001 | - | config"],
  [undefined, "/zoiper-020000000001.xml", "zoiper | - | 020000000001 | - | config"],
  [undefined, "/jitsi-020000000001.properties", "jitsi | - | 020000000001 | - | config"],
  [undefined, "/808287000001.cfg", "atcom | - | 808287000001 | - | config"],
];

const tell = (agent: string | undefined, path: string): string => {
  const asked = { path, via: "https", ...(agent === undefined ? {} : { userAgent: agent }) } as const;
  const { vendor = "-", model = "-", mac = "-", firmware = "-", file } = identify(asked, profiles);
  return [vendor, model, mac, firmware, file].join(" | ");
};

test("the table has at least 170 rows, and each family's vendor in it", () => {
  assert.ok(table.length >= 170, `${table.length} rows`);
  const told = new Set(table.map(([, , row]) => row.split(" | ")[0]));
  const vendors = profiles.families.map((family) => family.vendor.vendor);
  assert.deepEqual(
    vendors.filter((vendor) => !told.has(vendor)),
    [],
  );
});

for (const [agent, path, expected] of table)
  test(`identify() tells ${expected} of ${path} by ${agent === undefined ? "no agent" : JSON.stringify(agent)}`, () => {
    assert.equal(tell(agent, path), expected);
  });

test("identify() says the same of a request whatever its case, its folders, doubled slashes and query", () => {
  for (const [agent, path, expected] of table) {
    if (path.includes("?") || path.includes("%") || path === "/") continue;
    const name = path.slice(1);
    for (const other of [
      path.toUpperCase(),
      `/p//q/${name}`,
      `${path}?v=1`,
      `\\\\${name.replaceAll("/", "\\")}`,
      ` /${name} `,
    ])
      assert.equal(tell(agent, other), expected, JSON.stringify(other));
    if (agent !== undefined)
      assert.equal(tell(agent.toUpperCase(), path).split(" | ")[0], expected.split(" | ")[0], agent);
  }
});

test("identify() does not depend on the order in which the families were loaded", () => {
  const turned = { families: profiles.families.toReversed() };
  for (const [agent, path] of table) {
    const asked = { ua: agent ?? "", path, door: "https" } as const;
    assert.deepEqual(identifyAsked(asked, turned), identifyAsked(asked, profiles), `${agent} ${path}`);
  }
});

test("identify() takes every agent that a profile gives as example as its own vendor's", () => {
  for (const family of profiles.families)
    for (const { from } of family.agents) {
      const { vendor } = identify({ path: "/", via: "https", userAgent: from.example }, profiles);
      assert.equal(vendor, family.vendor.vendor, from.example);
    }
});

test("identify() finds every model by the agent that prints its name", () => {
  for (const family of profiles.families)
    for (const { from } of family.agents) {
      if (!from.shape.includes("{model}") || from.modelWithout !== undefined) continue;
      const { model } = identify({ path: "/", via: "https", userAgent: from.example }, profiles);
      for (const { about } of new Set(family.models.values())) {
        const [lead = ""] = from.shape.split("{model}");
        const printed = `${lead}${model}`.toLowerCase();
        if (model === undefined || !from.example.toLowerCase().startsWith(printed)) continue;
        if (!/^[A-Za-z0-9_+-]+$/.test(about.model)) continue;
        const agent = from.example.replace(model, about.model);
        const told = identify({ path: "/", via: "https", userAgent: agent }, profiles);
        assert.equal(told.model, about.model, agent);
      }
    }
});
