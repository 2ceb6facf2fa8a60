import type { PhoneStory } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

export type { PhoneStory } from "../../../provisioning-server/main.ts";

/** Opens the inventory for one verb about what happens around phones, and closes it after. */
export async function withStory<T>(
  options: DataOptions,
  context: CliContext,
  run: (story: PhoneStory, inventory: Inventory) => Promise<T>,
): Promise<T> {
  const { PhoneStory: Story } = await import("../../../provisioning-server/main.ts");
  return withInventory(options, context, (inventory) => run(new Story(inventory), inventory));
}
