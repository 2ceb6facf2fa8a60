import type { ApiRoute } from "./api-route.ts";
import { changeRoutes } from "./changes-routes.ts";
import { deviceLooksRoutes } from "./device-looks-routes.ts";
import { deviceRoutes } from "./devices-routes.ts";
import { firmwareRoutes } from "./firmware-routes.ts";
import { importRoutes } from "./imports-routes.ts";
import { lineRoutes } from "./lines-routes.ts";
import { resyncRoutes } from "./resyncs-routes.ts";
import { siteRoutes } from "./sites-routes.ts";
import { tenantRoutes } from "./tenants-routes.ts";
import { tokenRoutes } from "./tokens-routes.ts";

/** Every call of the API: a new one is an entry in the file of its noun, a new noun a file and a line here. */
export const apiRoutes: readonly ApiRoute[] = [
  ...tenantRoutes,
  ...siteRoutes,
  ...deviceRoutes,
  ...deviceLooksRoutes,
  ...lineRoutes,
  ...importRoutes,
  ...changeRoutes,
  ...resyncRoutes,
  ...firmwareRoutes,
  ...tokenRoutes,
];
