import type { Generated } from "kysely";

// Rows of tenants, sites, phones, their secrets and the trace. Times are ms since 1970; JSON is text.

export interface InventoryTables {
  tenant: {
    tenant_id: string;
    name: string;
    created_at: number;
    revision: Generated<number>;
    /** JSON of the tenant's settings, without secrets. */
    doc: Generated<string>;
    changed_at: Generated<number>;
  };
  /** Facts of the whole installation, such as the server's id; belongs to no tenant. */
  setting: { name: string; value: string };
  site: {
    tenant_id: string;
    site_id: string;
    name: string;
    /** JSON array of CIDR blocks. */
    networks: string;
    window_until: number | null;
    /** JSON of the site's settings, without secrets. */
    doc: string;
    revision: number;
    created_at: number;
    changed_at: number;
  };
  device: {
    tenant_id: string;
    mac: string;
    site_id: string;
    vendor: string;
    model: string;
    label: string | null;
    state: string;
    /** JSON of `{lines, settings, raw}`, without secrets. */
    doc: string;
    token_generation: number;
    revision: number;
    created_at: number;
    changed_at: number;
  };
  /** A MAC belongs to one tenant of all: the one table that is looked up without knowing the tenant. */
  mac_owner: { mac: string; tenant_id: string };
  /** Every secret leaf of a site's or phone's document, sealed by inventory/vault.ts. */
  secret: {
    tenant_id: string;
    /** `site` or `device`. */
    holder: string;
    /** Site id or MAC. */
    name: string;
    /** JSON pointer into the document, such as `/lines/0/settings/password`. */
    path: string;
    sealed: string;
  };
  /** Hot columns, apart from `device`, so that reading configs never waits for writing what was seen. */
  device_seen: {
    tenant_id: string;
    mac: string;
    last_at: number;
    via: string;
    address: string;
    user_agent: string | null;
    firmware: string | null;
    last_outcome: string;
    /** When it last got a config, with what revision of the device. */
    config_at: number | null;
    config_revision: number | null;
    /** When and from where it was last let in. */
    claimed_at: number | null;
    claimed_address: string | null;
  };
  /** The trace: what was asked and what was said, refusals as well. */
  provision_event: {
    tenant_id: string;
    event_id: string;
    at: number;
    mac: string | null;
    site_id: string | null;
    request_id: string;
    door: string;
    method: string;
    path: string;
    address: string;
    user_agent: string | null;
    /** JSON of protocol/phone-request.ts Identity. */
    identity: string;
    outcome: string;
    /** 1: no such file, as usual for this family. */
    normal: number;
    claim: string | null;
    /** DenialKind of a refusal. */
    denial: string | null;
    reason: string | null;
    remedy: string | null;
    status: number;
    bytes: number;
    ms: number;
    etag: string | null;
    /** Of the phone, when a file of its own was served. */
    revision: number | null;
  };
}
