import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { Prisma, type PrismaClient } from '../../prisma/generated/crm/client.ts';
import { type ActingUser, asUser, ROLE_OF_USER } from '../as-user.ts';

/** A collection's table, its key and its fields. */
export interface GatedCollection {
  readonly schema: string;
  readonly table: string;
  readonly keyColumns: readonly string[];
  readonly fieldOfColumn: Readonly<Record<string, string>>;
}

/** What a user may be told of a collection's records out of the control plane: their states, their history, values of theirs. */
export interface RecordGate {
  /** Of some keys in the CRM's table, those of records that the user may see. */
  visible(keys: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]>;
  /** Throws `record-not-found` for a record that the user may not see. */
  require(key: readonly string[]): Promise<void>;
  /** Whether a field (or a column that is none) is hidden from the user; of a record as a whole (null), whether any is. */
  hides(field: string | null): boolean;
  /** Throws `field-denied` for a field that the user may not change. */
  requireWritable(fields: readonly string[]): void;
}

const OPEN: RecordGate = { visible: async (keys) => keys, require: async () => {}, hides: () => false, requireWritable: () => {} };

interface Rule {
  /** Whether all records may be read. */
  readonly all: boolean;
  readonly hidden: readonly string[];
  readonly closed: readonly string[];
}

/**
 * The gate of a collection for a user: open where no rule of access names the user's role on the table, or the collection is
 * configured no more. Where a rule opens only some
 * records, one that is no longer there is seen by nobody: who can tell whose it was.
 */
export async function recordGate(crm: PrismaClient, user: ActingUser, collection: GatedCollection | undefined): Promise<RecordGate> {
  if (collection === undefined) return OPEN;
  const { schema, table, keyColumns, fieldOfColumn } = collection;
  const name = qualified(schema, table);
  const rule = await readRule(crm, name, ROLE_OF_USER[user.role]);
  if (rule === undefined) return OPEN;
  const fields = (columns: readonly string[]): ReadonlySet<string> => new Set(columns.map((column) => fieldOfColumn[column] ?? column));
  const [hidden, closed] = [fields(rule.hidden), fields(rule.closed)];
  const visible: RecordGate['visible'] = async (keys) => {
    if (rule.all || keys.length === 0) return keys;
    const found = await asUser(crm, user, (transaction) => findKeys(transaction, name, keyColumns, keys));
    return keys.filter((key) => found.has(JSON.stringify(key)));
  };
  return {
    visible,
    async require(key) {
      if ((await visible([key])).length === 0) throw new TidegateError('record-not-found');
    },
    hides: (field) => (field === null ? hidden.size > 0 : hidden.has(field)),
    requireWritable(wanted) {
      const denied = wanted.find((field) => closed.has(field));
      if (denied !== undefined) throw new TidegateError('field-denied', undefined, { field: denied });
    },
  };
}

/** Values without those of hidden fields. */
export function withoutHidden<Value>(gate: RecordGate, values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).filter(([field]) => !gate.hides(field)));
}

async function readRule(crm: PrismaClient, table: string, role: string): Promise<Rule | undefined> {
  const [rule] = await crm.$queryRaw<(Rule & { readonly policies: number })[]>`
    select count(*)::int as policies, coalesce(bool_and(pg_get_expr(polqual, polrelid) = 'true'), false) as all,
           (select coalesce(json_agg(attname), '[]') from pg_attribute
             where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped and not has_column_privilege(${role}, attrelid, attnum, 'select')) as hidden,
           (select coalesce(json_agg(attname), '[]') from pg_attribute
             where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped and not has_column_privilege(${role}, attrelid, attnum, 'update')) as closed
      from pg_policy
     where polrelid = to_regclass(${table}) and starts_with(polname, 'tidegate_access_rule') and polcmd = 'r' and to_regrole(${role})::oid = any (polroles)`;
  return rule === undefined || rule.policies === 0 ? undefined : rule;
}

/** Which of these keys (as JSON) the transaction's role sees. */
async function findKeys(
  client: Prisma.TransactionClient,
  table: string,
  keyColumns: readonly string[],
  keys: readonly (readonly string[])[],
): Promise<ReadonlySet<string>> {
  // In the types of the columns, so that the key's index serves.
  const wanted = keys.map((key, place) => ({ place, parts: Object.fromEntries(keyColumns.map((column, i) => [column, key[i] ?? null])) }));
  const same = Prisma.raw(keyColumns.map((column) => `records.${ident(column)} = asked.${ident(column)}`).join(' and '));
  const name = Prisma.raw(table);
  const rows = await client.$queryRaw<{ place: number }[]>`
    with key_columns as materialized (
      select attname, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = to_regclass(${table}) and attname = any (${[...keyColumns]}::text[]))
    select wanted.place from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as wanted (place int, parts jsonb)
      -- A key from elsewhere can be none of this table's: nobody has such a record, and the others are still told of.
     cross join lateral jsonb_populate_record(null::${name}, case when not exists (
             select from key_columns where not pg_input_is_valid(wanted.parts ->> attname, type)) then wanted.parts end) as asked
      join ${name} as records on ${same}`;
  return new Set(rows.map(({ place }) => JSON.stringify(keys[place])));
}
