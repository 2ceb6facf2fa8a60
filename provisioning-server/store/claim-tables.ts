// Rows of what surrounds claims. Times are ms since 1970.

export interface ClaimTables {
  /** What happened to a phone beside its requests. */
  phone_event: {
    tenant_id: string;
    mac: string;
    event_id: string;
    at: number;
    /** PhoneEventKind. */
    kind: string;
    words: string;
  };
  /** MACs that asked and are in nobody's inventory. */
  unknown_seen: {
    tenant_id: string;
    mac: string;
    site_id: string | null;
    first_at: number;
    last_at: number;
    times: number;
    via: string;
    address: string;
    vendor: string | null;
    model: string | null;
    user_agent: string | null;
  };
  /** Tokens for a phone's first access; of each phone the newest. */
  first_access: {
    tenant_id: string;
    mac: string;
    hash: string;
    generation: number;
    expires_at: number;
    uses_left: number;
  };
  /** Sources that are shut out; of no tenant. */
  ban: { source: string; kind: string; at: number; until: number };
}
