import { PostgresDialect, PostgresQueryCompiler, type DataTypeNode, type QueryCompiler } from "kysely";
import pg from "pg";
import { codeOf, type Engine } from "./engine.ts";
import { StoreError } from "./store-error.ts";

/** Object ids of PostgreSQL's types whose numbers pg hands out as text: bigint (counts, times in ms), numeric (sums). */
const numberTypes = new Set([20, 1700]);

/** The migrations speak SQLite's word for octets. */
class Compiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    if (node.dataType === "blob") this.append("bytea");
    else super.visitDataType(node);
  }
}

/** Nothing that a transaction-pooling PgBouncer or another engine of PostgreSQL's protocol would not carry. */
class Dialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new Compiler();
  }
}

/**
 * PostgreSQL, or another engine that speaks its protocol. The address may leave the password out: pg reads PGPASSFILE as
 * libpq does.
 */
export function postgresEngine(url: string): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    application_name: "offhook",
    statement_timeout: 5000,
    idle_in_transaction_session_timeout: 10_000,
    connectionTimeoutMillis: 5000,
    types: { getTypeParser },
  });
  // A connection that is lost while it rests is opened anew with the next query.
  pool.on("error", () => {});
  return {
    dialect: new Dialect({ pool }),
    isolation: "serializable",
    isPassing,
    asStoreError: (error) => asStoreError(error, url),
  };
}

const getTypeParser: pg.CustomTypesConfig["getTypeParser"] = (id, format) =>
  numberTypes.has(id) ? Number : pg.types.getTypeParser(id, format);

/** Two that start at once make the same table; PostgreSQL says so by its own catalogue's keys. */
const isSameTable = (error: unknown): boolean =>
  codeOf(error) === "42P07" ||
  (codeOf(error) === "23505" && error instanceof pg.DatabaseError && error.schema === "pg_catalog");

/** Serialization failure, deadlock, the same table made twice at once, and a server that goes or comes. */
function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (isSameTable(error)) return true;
  return /^(?:40001|40P01|08\w{3}|57P0[123]|ECONNRESET|EPIPE)$/.test(code) || isLost(error);
}

function isLost(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Connection terminated");
}

function asStoreError(error: unknown, url: string): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const isWorld = /^(?:E[A-Z]+|08\w{3}|28\w{3}|3D000|53\w{3}|57P0\d|42501)$/.test(code) || isLost(error);
  if (isWorld)
    return new StoreError("cannot-open", `cannot use the store ${withoutPassword(url)}: ${reasonOf(error)}`, {
      cause: error,
    });
  if (isPassing(error))
    return new StoreError("locked", "the store stayed busy: others write the same; try again", {
      cause: error,
    });
  return error;
}

/** Node tries every address of a name; then what is said is in the errors inside. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}

/** The address as it may be shown. */
function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return "(its address is no URL)";
  const shown = new URL(url);
  shown.password = "";
  shown.search = "";
  return shown.href;
}
