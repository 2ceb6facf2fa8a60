import { maskSecrets } from "../store/secret-leaves.ts";
import type { ReadConfig } from "./read-config.ts";

/** A copy with dots in place of secrets, for people. */
export function maskConfig(config: ReadConfig): ReadConfig {
  return maskSecrets(config);
}
