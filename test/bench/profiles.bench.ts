import { fileURLToPath } from "node:url";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { type RenderInput, renderFile } from "../../provisioning-server/answer/render-file.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import { findModel, type Profiles } from "../../provisioning-server/profiles/profiles.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { compare } from "./compare.ts";
import { spreadOf } from "./spread.ts";

const folder = fileURLToPath(new URL("../../firmware-profiles", import.meta.url));
const serverKey = new Uint8Array(32);

/** Of one core: a full config, an identification, and the whole registry, ms. */
const aims = { config: 0.3, identification: 0.02, load: 300 };

export const bench: Bench = {
  name: "profiles",
  about: "who asks, and what it gets: pure work, no socket and no store, no peer",
  async run(context) {
    const profiles = await loadProfiles(folder);
    const examples = await loadExamples(folder);
    const { families } = profiles;
    const models = families.reduce((sum, { models: own }) => sum + new Set(own.values()).size, 0);
    const load = noting(context);
    await countTimes(load, `load all ${families.length} families, ${models} models`, "loads/s", async () => {
      await loadProfiles(folder);
      return 1;
    });
    const [identifying, rendering] = [noting(context), noting(context)];
    const effort = shared(context, families.length * 2);
    for (const { id } of families) {
      const own = examples.filter(({ family }) => family === id);
      if (own.length === 0) continue;
      const requests = own.flatMap(requestsOf);
      const identifyAll = () => {
        for (const request of requests) identify(request, profiles);
        return requests.length;
      };
      await countTimes({ ...identifying, effort }, `${id}: identify`, "identifications/s", identifyAll);
      const configs = own.map((example) => configOf(example, profiles));
      const renderAll = () => {
        for (const config of configs) renderFile(config);
        return configs.length;
      };
      await countTimes({ ...rendering, effort }, `${id}: render a full config`, "configs/s", renderAll);
    }
    reportAim(context, load.rows, "loading the registry", aims.load);
    reportAim(context, identifying.rows, "an identification", aims.identification);
    reportAim(context, rendering.rows, "a full config", aims.config);
  },
};

interface NotingContext extends BenchContext {
  readonly rows: Row[];
}

/** Keeps what is reported, for the summary. */
function noting(context: BenchContext): NotingContext {
  const rows: Row[] = [];
  const report = (row: Row): void => {
    rows.push(row);
    context.report(row);
  };
  return { ...context, rows, report };
}

/** Families become more: together they take the time of four pieces of work, each as long a run as that leaves. */
function shared({ effort }: BenchContext, works: number): BenchContext["effort"] {
  return { ...effort, runMs: Math.max(50, (effort.runMs * 4) / Math.max(4, works)) };
}

/**
 * How many families are within the aim, and which take longest, by the best round: it is pure work, and what else the machine
 * does only adds to it. Slow is never an error.
 */
function reportAim(context: BenchContext, rows: readonly Row[], what: string, aim: number): void {
  const times = rows
    .map(({ work, ours }) => ({ name: work.split(":")[0] ?? work, ms: 1000 / ours.max }))
    .toSorted((a, b) => b.ms - a.ms);
  const within = times.filter(({ ms }) => ms <= aim).length;
  const slowest = times.slice(0, 5).map(({ name, ms }) => `${name} ${inWords(ms)}`);
  context.report({
    work: `${what} within ${inWords(aim)}`,
    unit: `of ${times.length}`,
    ours: spreadOf([within]),
    rounds: context.effort.rounds,
    peers: [],
    note: `slowest: ${slowest.join(", ")}`,
  });
}

const inWords = (ms: number): string =>
  ms < 0.1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

/** The largest file of the example's phone. */
function configOf({ inventory, asked }: ProfileExample, profiles: Profiles): RenderInput {
  const { device, site, tenant } = inventory;
  const context = { baseUrl: "https://phones.example.net:8443", serverKey, at: Date.parse(asked.at) };
  const layers = tenant === undefined ? {} : { tenant };
  const files = previewFiles(profiles, device, site, context, layers);
  const [largest] = files.toSorted((a, b) => b.body.length - a.body.length);
  const model = findModel(profiles, device.vendor, device.model);
  const file = model?.family.vendor.files.find(({ id }) => id === largest?.fileId);
  if (model === undefined || file === undefined) throw new Error(`${device.mac} gets no file`);
  return { model, file, context, device, site, ...layers };
}

function requestsOf({ asked }: ProfileExample): Pick<PhoneRequest, "path" | "via" | "userAgent">[] {
  return asked.requests.map(({ path, via, userAgent }) => ({
    path,
    via,
    ...(userAgent === undefined ? {} : { userAgent }),
  }));
}

async function countTimes(
  context: BenchContext,
  work: string,
  unit: string,
  once: () => number | Promise<number>,
): Promise<void> {
  await compare(context, work, {
    name: "offhook",
    async run(ms) {
      const from = performance.now();
      let count = 0;
      while (performance.now() - from < ms) count += await once();
      return { rates: { [unit]: count / ((performance.now() - from) / 1000) } };
    },
  });
}
