/** Placeholder row types are replaced by the tables of sites, devices and the trace. */
export interface InventoryTables {
  setting: { name: string; value: string };
}
