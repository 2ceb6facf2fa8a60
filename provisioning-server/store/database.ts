import type { AgentTables } from "./agents.ts";
import type { ApiTokenTables } from "./api-tokens.ts";
import type { AuditTables } from "./audit.ts";
import type { ChangeTables } from "./change-sets.ts";
import type { ClaimTables } from "./claim-tables.ts";
import type { CommandTables } from "./commands.ts";
import type { FirmwareImageTables } from "./firmware-images.ts";
import type { IdempotencyTables } from "./idempotency.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import type { MigrationTables } from "./migrate.ts";
import type { NocTables } from "./noc-tables.ts";
import type { ResyncTables } from "./resync-plans.ts";
import type { RevisionTables } from "./revisions.ts";
import type { ServedTables } from "./served-files.ts";
import type { RolloutTables } from "./rollouts.ts";
import type { SitePbxTables } from "./site-pbx.ts";
import type { TenantKeyTables } from "./tenant-keys.ts";

/** The whole schema; each part stands beside the queries that use it. Times are ms since 1970 (UTC), given by the caller. */
export interface Database
  extends
    InventoryTables,
    ClaimTables,
    AgentTables,
    NocTables,
    CommandTables,
    AuditTables,
    ChangeTables,
    FirmwareImageTables,
    ServedTables,
    ResyncTables,
    RolloutTables,
    SitePbxTables,
    RevisionTables,
    ApiTokenTables,
    IdempotencyTables,
    TenantKeyTables,
    MigrationTables {}
