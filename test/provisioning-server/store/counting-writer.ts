// Adds to a counter in a store, one transaction at a time: a second process for the store's tests.
// Run as `node counting-writer.ts FILE TIMES`.
import { openStore } from "../../../provisioning-server/store/open-store.ts";
import { Settings } from "../../../provisioning-server/store/settings.ts";

const [path = "", times = "0"] = process.argv.slice(2);
const store = await openStore({ path, now: Date.now });
for (let done = 0; done < Number(times); done += 1) {
  await store.transaction(async (inside) => {
    const settings = new Settings(inside);
    const count = Number((await settings.get("count")) ?? "0");
    await settings.put("count", String(count + 1));
  });
}
await store.close();
