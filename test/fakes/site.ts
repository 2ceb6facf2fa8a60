// The simulated site of `offhook demo`, a program of its own: a PoE switch by SNMP, phones that really boot over HTTPS and
// TFTP and register, a PBX, a mirror, a multimeter on a pty. It reads two JSON lines on stdin (a SitePlan, then a
// BootOrder), writes SiteEvents on stdout, and ends when stdin ends.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootOrder, PlannedPhone, SitePlan } from "../../agent/cli/demo/plan.ts";
import type { SiteEvent } from "../../agent/cli/demo/simulated-site.ts";
import { systemClock } from "../../agent/io/clock.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { startMirror } from "../../agent/mirror/mirror.ts";
import { startUt61e } from "./meter.ts";
import { startFakePbx } from "./pbx.ts";
import { bootPhone } from "./phone.ts";
import { registerAccount, type RegisteredAccount } from "./sip-client.ts";
import { startSwitch, type FakeSwitch } from "./switch.ts";

const stop = new AbortController();
const say = (event: SiteEvent) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function openSite(plan: SitePlan) {
  const phoneSwitch = await startSwitch({
    port: plan.ports.switch,
    name: "demo-switch",
    portCount: plan.portCount,
    writeCommunity: plan.writeCommunity,
    bootTime: plan.bootTime,
    ports: plan.phones.map((phone) => ({ name: phone.port, poe: { class: 2 } })),
  });
  const pbx = await startFakePbx({
    port: plan.ports.pbx,
    accounts: plan.phones.map(({ extension, password }) => ({ user: extension, password })),
  });
  const mirror = await startMirror(
    { address: "127.0.0.1", sipPort: plan.ports.mirror, rtpPorts: { from: 0, to: 0 }, log: () => {} },
    { openUdp, clock: systemClock },
  );
  const meter = startUt61e(plan.volts);
  return { phoneSwitch, pbx, mirror, meter };
}

/** The phone on the faulty port comes up, and its thin power lets it fall again and again. */
const reboots = 35_000;

class Phones {
  readonly #plan: SitePlan;
  readonly #switch: FakeSwitch;
  readonly #order: BootOrder;
  readonly #registered: RegisteredAccount[] = [];

  constructor(plan: SitePlan, phoneSwitch: FakeSwitch, order: BootOrder) {
    this.#plan = plan;
    this.#switch = phoneSwitch;
    this.#order = order;
  }

  async boot(): Promise<void> {
    const booting: Promise<void>[] = [];
    for (const phone of this.#plan.phones) {
      booting.push(this.#run(phone));
      // People plug phones in one after the other.
      await sleep(250, undefined, { signal: stop.signal }).catch(() => {});
    }
    await Promise.all(booting);
  }

  async #run(phone: PlannedPhone): Promise<void> {
    this.#switch.set(phone.port, {
      poe: { state: "delivering", class: 2, watts: phone.watts },
      link: { up: true, speed: 1000, duplex: "full" },
      phone: {
        mac: phone.mac,
        model: phone.model,
        firmware: phone.firmware,
        maker: phone.vendor,
        asked: phone.watts + 1,
      },
    });
    let server = phone.via === "tftp" ? this.#order.tftpUrl : this.#order.httpsUrl;
    server = await this.#bootOnce(phone, server);
    if (phone.port !== this.#plan.faultyPort) return;
    while (!stop.signal.aborted) {
      await sleep(reboots, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      this.#switch.flap(phone.port);
      server = await this.#bootOnce(phone, server);
    }
  }

  /** @returns where the phone will ask the next time, as its config told it. */
  async #bootOnce(phone: PlannedPhone, server: string): Promise<string> {
    const { vendor, model, mac, firmware } = phone;
    const booted = await bootPhone({ vendor, model, mac, firmware, server, ca: this.#order.ca }, stop.signal);
    const problems = [...booted.problems];
    let registered = false;
    for (const account of booted.accounts) {
      const { user, authUser, password, server: host, port, transport } = account;
      try {
        const login = await registerAccount(
          { server: { address: host, port, transport }, user, authUser, password },
          stop.signal,
        );
        registered = login.result.code === 200;
        if (!registered) problems.push(`REGISTER ${user}: ${login.result.code} ${login.result.reason}`);
        this.#registered.push(login);
      } catch (error) {
        problems.push(`REGISTER ${user}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    say({ event: "booted", mac, registered, problems });
    return booted.config.get("static.auto_provision.server.url") ?? server;
  }

  async hangUp(): Promise<void> {
    await Promise.allSettled(this.#registered.map((login) => login[Symbol.asyncDispose]()));
  }
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) return;
  const plan = JSON.parse(first.value) as SitePlan;
  const { phoneSwitch, pbx, mirror, meter } = await openSite(plan);
  say({
    event: "ready",
    switchPort: phoneSwitch.port,
    pbxPort: pbx.port,
    mirrorPort: mirror.sipPort,
    meterPath: meter.path,
  });
  const second = await lines.next();
  if (second.done !== true) {
    const phones = new Phones(plan, phoneSwitch, JSON.parse(second.value) as BootOrder);
    const running = phones.boot().catch((error: unknown) => say({ event: "failed", why: String(error) }));
    await lines.next(); // until stdin ends
    stop.abort();
    await running;
    await phones.hangUp();
  }
  meter.stop();
  await mirror[Symbol.asyncDispose]();
  await pbx[Symbol.asyncDispose]();
  await phoneSwitch.stop();
}

// Ctrl-C in a terminal reaches the whole group: the parent ends stdin, and that is our end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => process.stdin.destroy());
await main();
process.exit(0);
