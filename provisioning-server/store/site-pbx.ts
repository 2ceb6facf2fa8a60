import { Secret } from "../../protocol/secret.ts";
import type { SitePbx } from "../resync/notify-target.ts";
import type { StoreHandle } from "./open-store.ts";
import type { Sealing } from "./sealing.ts";
import { Secrets } from "./secrets.ts";

export interface SitePbxTables {
  /** The password is sealed among the secrets. */
  site_pbx: { tenant_id: string; site_id: string; host: string; port: number; login: string | null };
}

const path = "/password";

/** The PBX of a site through which its phones are reached, where their own settings do not say it. */
export class SitePbxBook {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  async get(tenant: string, site: string): Promise<SitePbx | undefined> {
    const row = await this.#store.db
      .selectFrom("site_pbx")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("site_id", "=", site)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const secrets = await new Secrets(this.#store, this.#sealing).of(holderOf(tenant, site));
    const password = secrets.get(path);
    return {
      host: row.host,
      port: row.port,
      ...(row.login === null ? {} : { user: row.login }),
      ...(password === undefined ? {} : { password: new Secret(password) }),
    };
  }

  /** Undefined: takes it out. */
  async put(tenant: string, site: string, pbx: SitePbx | undefined): Promise<void> {
    await this.#store.transaction(async (inside) => {
      const secrets = new Secrets(inside, this.#sealing);
      await inside.db
        .deleteFrom("site_pbx")
        .where("tenant_id", "=", tenant)
        .where("site_id", "=", site)
        .execute();
      const password = pbx?.password === undefined ? [] : [[path, pbx.password.reveal()] as const];
      await secrets.put(holderOf(tenant, site), new Map(password));
      if (pbx === undefined) return;
      const { host, port, user } = pbx;
      await inside.db
        .insertInto("site_pbx")
        .values({ tenant_id: tenant, site_id: site, host, port, login: user ?? null })
        .execute();
    });
  }
}

function holderOf(tenant: string, site: string) {
  return { tenant, holder: "setting", name: `pbx of ${site}` } as const;
}
