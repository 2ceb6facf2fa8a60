/** Rows of incidents and staff. `doc` is the whole incident as JSON; the columns beside it are what queries choose by. */
export interface NocTables {
  incident: {
    tenant_id: string;
    incident_id: string;
    site_id: string;
    subject: string;
    rule: string;
    state: string;
    severity: string;
    since: number;
    changed_at: number;
    doc: string;
  };
  incident_event: {
    tenant_id: string;
    incident_id: string;
    event_id: string;
    at: number;
    event: string;
    severity: string;
    who: string | null;
    note: string | null;
  };
  staff: {
    tenant_id: string;
    staff_id: string;
    login: string;
    name: string;
    role: string;
    password_hash: string | null;
    disabled: number;
    created_at: number;
  };
  staff_session: {
    tenant_id: string;
    token_hash: string;
    staff_id: string;
    created_at: number;
    used_at: number;
  };
  sign_in_link: {
    tenant_id: string;
    token_hash: string;
    staff_id: string;
    expires_at: number;
  };
  sign_in_failure: {
    tenant_id: string;
    login: string;
    prefix: string;
    failures: number;
    last_at: number;
  };
}
