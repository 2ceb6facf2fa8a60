export { checkServerConfig, ConfigError, readServerConfig, ServerConfig } from "./config.ts";
export { createEnrolToken } from "./create-enrol-token.ts";
export { createSignInLink } from "./create-sign-in-link.ts";
export { readAudit } from "./read-audit.ts";
export { putSiteConfig } from "./put-site-config.ts";
export { importResultFile } from "./inventory/import-result-file.ts";
export { openInventory } from "./open-inventory.ts";
export { PhoneStory } from "./inventory/phone-story.ts";
export { startServer, type RunningServer } from "./start-server.ts";
