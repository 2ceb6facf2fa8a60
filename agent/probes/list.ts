import type { Probe } from "../../protocol/probe.ts";
import type { TSchema } from "typebox";
import type { AgentIo } from "../io/io.ts";
import { alg } from "./alg.ts";
import { arp } from "./arp.ts";
import { call } from "./call.ts";
import { dhcp } from "./dhcp.ts";
import { dns } from "./dns.ts";
import { dscp } from "./dscp.ts";
import { guest } from "./guest.ts";
import { host } from "./host.ts";
import { idle } from "./idle.ts";
import { meter } from "./meter.ts";
import { mtu } from "./mtu.ts";
import { nat } from "./nat.ts";
import { pinhole } from "./pinhole.ts";
import { poePorts } from "./poe-ports.ts";
import { poePulse } from "./poe-pulse.ts";
import { provisioning } from "./provisioning.ts";
import { registered } from "./registered.ts";
import { registration } from "./registration.ts";
import { rtpLoopback } from "./rtp-loopback.ts";
import { security } from "./security.ts";
import { sipOptions } from "./sip-options.ts";
import { stun } from "./stun.ts";
import { tls } from "./tls.ts";
import { turn } from "./turn.ts";

/** Every probe, one line each; `offhook diag`, the schedule and the docs go by this list. */
export const probes: readonly Probe<TSchema, AgentIo>[] = [
  alg,
  arp,
  call,
  dhcp,
  dns,
  dscp,
  guest,
  host,
  idle,
  meter,
  mtu,
  nat,
  pinhole,
  poePorts,
  poePulse,
  provisioning,
  registered,
  registration,
  rtpLoopback,
  security,
  sipOptions,
  stun,
  tls,
  turn,
];
