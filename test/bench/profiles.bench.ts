import { fileURLToPath } from "node:url";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { compare } from "./compare.ts";

const folder = fileURLToPath(new URL("../../firmware-profiles", import.meta.url));

export const bench: Bench = {
  name: "profiles",
  about: "who asks, and what it gets: pure work, no socket and no store, no peer",
  async run(context) {
    const profiles = await loadProfiles(folder);
    const examples = await loadExamples(folder);
    await countTimes(context, `load all ${profiles.families.length} families`, "loads/s", async () => {
      await loadProfiles(folder);
      return 1;
    });
    const each = sharing(context, profiles.families.length * 2);
    for (const { id, vendor } of profiles.families) {
      const own = examples.filter(({ family }) => family === id);
      const requests = own.flatMap(requestsOf);
      await countTimes(each, `${vendor.name}: identify ${requests.length} requests`, "requests/s", () => {
        for (const request of requests) identify(request, profiles);
        return requests.length;
      });
      await countTimes(each, `${vendor.name}: render all files of a phone`, "phones/s", () => {
        for (const { inventory, asked } of own) {
          const { device, site, tenant } = inventory;
          const about = { baseUrl: "https://phones.example.net:8443", serverKey, at: Date.parse(asked.at) };
          previewFiles(profiles, device, site, about, tenant === undefined ? {} : { tenant });
        }
        return own.length;
      });
    }
  },
};

/** Families become more: together they take the time of four pieces of work, each as long a run as that leaves. */
function sharing(context: BenchContext, works: number): BenchContext {
  const { effort } = context;
  return { ...context, effort: { ...effort, runMs: Math.max(50, (effort.runMs * 4) / Math.max(4, works)) } };
}

const serverKey = new Uint8Array(32);

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
