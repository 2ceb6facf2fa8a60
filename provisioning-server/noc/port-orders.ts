import { printMacAddress } from "../../protocol/mac-address.ts";
import { Problem } from "../problem.ts";
import type { CommandWait } from "../reports/command-wait.ts";
import type { Commands, CommandStand } from "../store/commands.ts";
import type { PageReader } from "./page-reader.ts";
import { type AgentPolicy, agentState } from "./sightings.ts";
import type { NocSources, SiteRef } from "./sources.ts";
import type { PortFace } from "./switch-face.ts";

export interface PortOrdersParts {
  readonly pages: PageReader;
  readonly sources: NocSources;
  readonly commands: Commands;
  readonly wait: CommandWait;
  readonly agentPolicy: AgentPolicy;
  readonly now: () => number;
}

export interface PortRef {
  readonly site: string;
  readonly switch: string;
  /** As printed on the switch. */
  readonly port: string;
}

/** What people ask to be done to a port. The agent of the site does it, with write access that the server never has. */
export class PortOrders {
  readonly #parts: PortOrdersParts;

  constructor(parts: PortOrdersParts) {
    this.#parts = parts;
  }

  /**
   * Restarts what a port powers; the id of the order.
   *
   * @throws {Problem} not-found, rule-violated (nothing to restart), conflict (nobody there to do it, or under way)
   */
  async bounce(tenant: string, ref: PortRef, by: { login: string; address: string }): Promise<string> {
    const face = await this.#parts.pages.switch(tenant, ref.site, ref.switch);
    const port = face?.ports.find(({ name }) => name === ref.port);
    if (port === undefined) throw new Problem("not-found", "Nobody has seen this port at this site.");
    if (port.poe !== "delivering")
      throw new Problem("rule-violated", `Port ${port.name} powers nothing.`, { rule: "poe-delivering" });
    const agent = await this.#agentOf({ tenant, site: ref.site }, port.subject);
    const id = await this.#parts.commands.order({
      agent: { tenant, agent },
      subject: port.subject,
      wish: {
        kind: "bounce-port",
        switch: ref.switch,
        port: port.name,
        phone: port.phone?.mac ?? null,
      },
      detail: `restart ${whom(port)} on port ${port.name} of ${ref.switch}, site ${ref.site}`,
      who: by.login,
      address: by.address,
    });
    if (id === undefined) throw new Problem("conflict", `Port ${port.name} is being restarted already.`);
    this.#parts.wait.ring();
    return id;
  }

  async stand(tenant: string, id: string): Promise<CommandStand | undefined> {
    return this.#parts.commands.find(tenant, id);
  }

  /** Who sees the port is who can reach its switch. */
  async #agentOf(site: SiteRef, subject: string): Promise<string> {
    const { sources, now, agentPolicy } = this.#parts;
    const seen = await sources.observations(site);
    const id = seen.find((each) => each.observation.subject === subject && each.agent !== undefined)?.agent;
    const agent = (await sources.agents()).find((each) => each.tenant === site.tenant && each.id === id);
    if (agent === undefined) throw new Problem("conflict", "No agent looks at this switch.");
    const state = agentState(agent, now(), agentPolicy);
    if (state !== "online" && state !== "late")
      throw new Problem("conflict", `The agent that looks at this switch is ${state}.`, { current: state });
    return agent.id;
  }
}

function whom({ phone, neighbour }: PortFace): string {
  if (phone === undefined) return neighbour ?? "a device that does not say who it is";
  const { mac, label, model } = phone;
  return [printMacAddress(mac), label ?? model].filter((part) => part !== undefined).join(" ");
}
