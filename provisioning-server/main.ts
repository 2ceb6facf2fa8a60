export { openInventory } from "./open-inventory.ts";
