export interface NocTables {}
