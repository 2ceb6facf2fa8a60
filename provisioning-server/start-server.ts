import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Finding } from "../protocol/finding.ts";
import type { Secret } from "../protocol/secret.ts";
import { answerPhone } from "./answer/answer-phone.ts";
import type { ServerConfig } from "./config.ts";
import { countAnswer } from "./count-answer.ts";
import { ensureCertificates, type Certificates } from "./doors/certificates.ts";
import type { DoorOptions } from "./doors/door.ts";
import { buildHttpsDoor, renewCertificate, type HttpsDoor } from "./doors/https-door.ts";
import { buildTftpDoor, type TftpDoor } from "./doors/tftp-door.ts";
import { Readiness, registerHealthRoutes } from "./health.ts";
import type { StoreDirectory } from "./inventory/directory.ts";
import { defaultTenant, type Inventory } from "./inventory/inventory.ts";
import { Networks } from "./inventory/network.ts";
import type { Recorder } from "./inventory/record.ts";
import { buildMetricsListener, buildStaffListener } from "./listeners.ts";
import { MetricsRegistry, registerMetricsRoutes } from "./metrics.ts";
import { buildNoc, type Noc } from "./noc/build-noc.ts";
import { defaultIncidentPolicy } from "./noc/incidents.ts";
import type { NocSources } from "./noc/sources.ts";
import { nocSources } from "./noc-sources.ts";
import { openInventory } from "./open-inventory.ts";
import { registerProblemPages } from "./problem-pages.ts";
import { CommandWait } from "./reports/command-wait.ts";
import { registerAgentRoutes } from "./reports/routes.ts";
import {
  countIncidentEvents,
  serverMetrics,
  setDeviceGauges,
  setFindingGauges,
  setNocGauges,
  type ServerMetrics,
} from "./server-metrics.ts";
import { serverLog } from "./server-log.ts";
import { Agents } from "./store/agents.ts";
import { Commands } from "./store/commands.ts";
import { CurrentObservations } from "./store/observations.ts";
import { Reports } from "./store/reports.ts";
import { Settings } from "./store/settings.ts";
import type { Role } from "./store/staff.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** A server that listens. */
export interface RunningServer {
  readonly phonesPort: number;
  readonly staffPort: number;
  readonly tftpPort: number | undefined;
  readonly metricsPort: number;
  readonly caPem: string;
  readonly spkiPin: string;
  readonly inventory: Inventory;
  readonly agents: Agents;
  readonly current: CurrentObservations;
  readonly reports: Reports;
  readonly noc: Noc;
  /** `https://name:port`, as phones are told. */
  readonly phonesUrl: string;
  /** `https://name:port`, for staff and agents. */
  readonly staffUrl: string;
  /** A path that signs this account in once, within 15 minutes; the account is made when it is missing. */
  signInLink(login: string, role: Role): Promise<Secret>;
  /** Not ready at once, then no new work, then what is under way ends, then the store. */
  close(): Promise<void>;
}

const hour = 3_600_000;
const day = 24 * hour;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

const portOf = (app: FastifyInstance) => (app.server.address() as AddressInfo).port;

/** Networks that TFTP answers: those of the settings, and those of every site, looked at anew each few seconds. */
class ListedNetworks {
  readonly #always: readonly string[];
  #networks: Networks;

  constructor(always: readonly string[]) {
    this.#always = always;
    this.#networks = new Networks(always);
  }

  readonly has = (address: string): boolean => this.#networks.has(address);

  async refresh(inventory: Inventory): Promise<void> {
    const sites = await inventory.listSites();
    this.#networks = new Networks([...this.#always, ...sites.flatMap((site) => site.networks)]);
  }
}

/**
 * Opens the store, the certificates and every listener.
 *
 * @throws StoreError, or the kernel's error of a port that cannot be had; nothing half-starts.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const inventory = await openInventory({ data: config.data });
  const closing: (() => Promise<unknown>)[] = [() => inventory[Symbol.asyncDispose]()];
  const closeAll = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    return await new Start(config, inventory, closing).run(closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

class Start {
  readonly #config: ServerConfig;
  readonly #inventory: Inventory;
  readonly #closing: (() => Promise<unknown>)[];
  readonly #log: Logger;
  readonly #registry = new MetricsRegistry();
  readonly #metrics: ServerMetrics;
  readonly #sources: NocSources;
  readonly #tlsListeners: HttpsDoor[] = [];
  readonly #commandWait: CommandWait;
  /** There once the HTTPS door is open: what phones are told depends on its port. */
  readonly #directory = Promise.withResolvers<StoreDirectory>();

  constructor(config: ServerConfig, inventory: Inventory, closing: (() => Promise<unknown>)[]) {
    this.#config = config;
    this.#inventory = inventory;
    const { store } = inventory;
    const observations = new CurrentObservations(store);
    this.#sources = nocSources({ inventory, agents: new Agents(store), observations });
    this.#commandWait = new CommandWait(new Commands(store));
    this.#closing = closing;
    this.#log = serverLog(config.logLevel);
    this.#metrics = serverMetrics(this.#registry, {
      version: version(),
      revision: "",
      node: process.version,
    });
  }

  async run(closeAll: () => Promise<void>): Promise<RunningServer> {
    const config = this.#config;
    const certificates = await this.#certificates();
    const recorder = this.#inventory.recorder(this.#crash);
    this.#closing.push(() => recorder.flush());
    const noc = await this.#buildNoc();
    const phonesPort = await this.#openPhones(certificates, recorder);
    const phonesUrl = `https://${config.names[0] ?? "localhost"}:${phonesPort}`;
    await this.#inventory.setBaseUrl(phonesUrl);
    this.#directory.resolve(await this.#inventory.directory());
    const tftpPort = await this.#openTftp(recorder);
    const agents = new Agents(this.#inventory.store);
    const staffPort = await this.#openStaff(certificates, noc);
    const readiness = this.#readiness();
    const metricsPort = await this.#openMetrics(readiness, noc);
    this.#watchSites(noc);
    this.#every(day, () => this.#renewCertificates());
    this.#log.info(
      { event: "listening", phonesPort, staffPort, tftpPort, metricsPort },
      "the server listens",
    );
    return {
      phonesPort,
      staffPort,
      tftpPort,
      metricsPort,
      phonesUrl,
      staffUrl: `https://${config.names[0] ?? "localhost"}:${staffPort}`,
      caPem: certificates.caPem,
      spkiPin: certificates.spkiPin,
      inventory: this.#inventory,
      agents,
      current: new CurrentObservations(this.#inventory.store),
      reports: new Reports(this.#inventory.store),
      noc,
      async signInLink(login, role) {
        const member = await noc.signIn.putAccount({ tenant: defaultTenant, login, name: login, role });
        return noc.signIn.createLink(member);
      },
      async close() {
        readiness.drain();
        await closeAll();
      },
    };
  }

  readonly #crash = (error: unknown): void => {
    this.#log.error({ event: "crash", err: error }, "a bug of ours");
  };

  #doorOptions(recorder: Recorder): DoorOptions {
    return {
      answer: async (request) => answerPhone(request, await this.#directory.promise),
      record: (request, answer, sent) => {
        recorder.record(request, answer, sent);
        countAnswer(this.#metrics, request, answer, sent);
        const { outcome, identity } = answer;
        const fields = {
          door: request.via,
          outcome,
          status: sent.status,
          kind: identity.file,
          ip: request.address,
        };
        this.#log.info({
          event: "answer",
          ...fields,
          ms: Math.round(sent.ms),
          bytes: sent.bytes,
          req: request.id,
        });
      },
      crash: this.#crash,
    };
  }

  #certificates(): Promise<Certificates> {
    const { data, names } = this.#config;
    return ensureCertificates({ folder: join(data, "certificates"), names, now: Date.now() });
  }

  /** What ends within 30 days is made anew and taken over without dropping a connection. */
  async #renewCertificates(): Promise<void> {
    const { cert, key, caPem: ca } = await this.#certificates();
    for (const listener of this.#tlsListeners) renewCertificate(listener, { cert, key, ca });
  }

  async #openPhones(certificates: Certificates, recorder: Recorder): Promise<number> {
    const door = buildHttpsDoor({
      ...this.#doorOptions(recorder),
      certificate: { cert: certificates.cert, key: certificates.key, ca: certificates.caPem },
      recordTlsError: ({ at, address, reason }) => recorder.tlsError(at, "https", address, reason),
    });
    this.#closing.push(() => door.close());
    this.#tlsListeners.push(door);
    await door.listen({ host: this.#config.phones.host, port: this.#config.phones.port });
    return (door.server.address() as AddressInfo).port;
  }

  async #openTftp(recorder: Recorder): Promise<number | undefined> {
    const { host, port, networks, singlePort } = this.#config.tftp;
    const listed = new ListedNetworks(networks);
    await listed.refresh(this.#inventory);
    this.#every(5000, () => listed.refresh(this.#inventory));
    const door: TftpDoor = buildTftpDoor({ ...this.#doorOptions(recorder), listed: listed.has, singlePort });
    this.#closing.push(() => door.close());
    return (await door.listen({ host, port })).port;
  }

  async #openStaff(certificates: Certificates, noc: Noc): Promise<number> {
    const app = buildStaffListener(certificates, this.#log);
    noc.register(app);
    registerProblemPages(app);
    const settings = new Settings(this.#inventory.store);
    const serverId = await settings.getOrPut("server.id", () => uuidV7(Date.now()));
    const { serverKey } = await this.#inventory.renderContext();
    registerAgentRoutes(app, {
      store: this.#inventory.store,
      tokenKey: createHash("sha256").update("offhook-agent-tokens\n").update(serverKey).digest(),
      serverId,
      pins: () => [certificates.spkiPin],
      commandWait: this.#commandWait,
      onChange: () => {
        noc.board.look().then(() => noc.feed.touch(), this.#crash);
      },
      onAbuse: (kind, ip) => this.#log.warn({ event: "abuse", kind, ip }, "refused"),
      onIngest: (result) => {
        if (result.kind !== "stored") return;
        this.#metrics.reports.add({ outcome: "stored" }, result.stored);
        this.#metrics.reports.add({ outcome: "duplicate" }, result.again);
        this.#metrics.reports.add({ outcome: "quarantined" }, result.quarantined.length);
      },
      log: this.#log,
    });
    this.#closing.push(() => app.close());
    this.#tlsListeners.push(app);
    await app.listen({ host: this.#config.staff.host, port: this.#config.staff.port });
    return portOf(app);
  }

  async #buildNoc(): Promise<Noc> {
    const { store } = this.#inventory;
    const { openAfter, closeAfter } = this.#config.noc;
    return buildNoc({
      store,
      sources: this.#sources,
      commandWait: this.#commandWait,
      now: Date.now,
      policy: { ...defaultIncidentPolicy, openAfter: openAfter * 1000, clearAfter: closeAfter * 1000 },
      onIncidentEvents: (events) => countIncidentEvents(this.#metrics, events),
      onSignIn: (result) => this.#metrics.logins.add({ result }),
      onAbuse: (kind, ip) => this.#log.warn({ event: "abuse", kind, ip }, "refused"),
      onError: this.#crash,
    });
  }

  #readiness(): Readiness {
    const checks = [
      { name: "store", run: async () => void (await this.#inventory.listSites()) },
      { name: "disk", run: async () => diskProblem(this.#config.data) },
    ];
    return new Readiness(checks, () => performance.now());
  }

  async #openMetrics(readiness: Readiness, noc: Noc): Promise<number> {
    const app = buildMetricsListener(this.#log);
    this.#registry.onCollect(async () => {
      setNocGauges(this.#metrics, [await noc.pages.overview(defaultTenant)]);
      setDeviceGauges(this.#metrics, await this.#inventory.listPhones(), Date.now());
      setFindingGauges(this.#metrics, await this.#findings());
    });
    registerMetricsRoutes(app, this.#registry);
    registerHealthRoutes(app, readiness);
    this.#closing.push(() => app.close());
    await app.listen({ host: this.#config.metrics.host, port: this.#config.metrics.port });
    return portOf(app);
  }

  async #findings(): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const { tenant, id: site } of await this.#sources.sites())
      found.push(...(await this.#sources.findings({ tenant, site }, Date.now())));
    return found;
  }

  #watchSites(noc: Noc): void {
    const stop = new AbortController();
    const watching = noc.board.run(this.#config.noc.every * 1000, stop.signal, this.#crash);
    this.#every(hour, () => this.#prune());
    this.#closing.push(async () => {
      stop.abort();
      await watching;
    });
  }

  /** Forgets what need not be kept longer. */
  async #prune(): Promise<void> {
    const { store } = this.#inventory;
    await this.#inventory.prune();
    await new Reports(store).prune(Date.now() - 14 * day);
    await new CurrentObservations(store).prune(Date.now() - day);
  }

  #every(ms: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => {
      work().catch(this.#crash);
    }, ms);
    this.#closing.push(async () => clearInterval(timer));
  }
}

/** At least 5 % and 512 MiB must be free: a full disk must not come as a surprise. */
async function diskProblem(folder: string): Promise<string | undefined> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < 512 * 1024 * 1024) return `${Math.round(free / 1024 / 1024)} MiB free, 512 needed`;
  return bavail / blocks < 0.05 ? `${Math.round((bavail / blocks) * 100)} % free, 5 needed` : undefined;
}
