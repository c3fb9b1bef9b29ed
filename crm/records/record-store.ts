import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { ident } from '../../adaptor/data/quoting.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type Account, type Appointment, type Contact, Prisma, type PrismaClient, type Task } from '../../prisma/generated/crm/client.ts';
import { type ActingUser, asUser } from '../as-user.ts';
import type { Fault } from './faults.ts';
import { filterConditions } from './filter-conditions.ts';
import type { Filters } from './filters.ts';
import { findAllKeys, findKeys, type Search, type TotalKind } from './find-keys.ts';
import { type JoinedField, readRow, recordSelect, type RowSelect } from './record-select.ts';
import { timeOfDayText } from './local-times.ts';
import type { SearchableTable } from './search-tables.ts';
import { columnOf, requireColumns, type TableRights } from './table-rights.ts';

/** Rows of the sample CRM that have an optimistic lock. */
type StoredRow = Account | Contact | Appointment | Task;

/** A record as the API answers it: what can be entered, what can only be read, and the lock. Fields that rules of access hide are left out. */
export type ApiRecord<Fields> = Fields & { readonly id: string; readonly version: number; readonly updatedAt: string };

/** What a store has to know of one kind of record. */
export interface RecordKind<Fields extends object, Row extends StoredRow> {
  readonly table: SearchableTable;
  /** Schema of what can be entered; all fields needed, nothing filled in. */
  readonly fields: z.ZodObject;
  /** Schema of the filters of its list, each a parameter. */
  readonly filters: z.ZodObject;
  /** A record of which nothing is known yet. */
  readonly empty: Fields;
  faults(fields: Fields): readonly Fault[];
  delegate(client: Prisma.TransactionClient): unknown;
  /** Names of the row's own columns, as Prisma calls them. */
  readonly scalars: readonly string[];
  /** What is read along with the row. */
  readonly joined?: JoinedField;
  /** A row's fields as the API shows them. */
  toFields(row: Row): Fields;
  /** Values for the columns of changed fields; `before` is null for a new record. */
  toData(changes: Partial<Fields>, before: Row | null): object;
  /** What else a change brings about, in its transaction. */
  readonly follow?: (transaction: Prisma.TransactionClient, before: Row, after: Row) => Promise<void>;
}

/** The parts of a Prisma delegate that a store uses, alike for every model. */
interface Delegate<Row> {
  findMany(query: { where: { id: { in: readonly string[] } }; select: object }): Promise<Row[]>;
  findUnique(query: { where: { id: string }; select: object }): Promise<Row | null>;
  updateMany(query: { where: { id: string; version: number }; data: object }): Promise<{ count: number }>;
  deleteMany(query: { where: { id: string; version: number } }): Promise<{ count: number }>;
}

/** A page of a list that is wanted: words and filters, an order, a place. */
export type ListQuery = Omit<Search, 'conditions'> & { readonly filters?: Filters };

/** One page of records, and how many there are. */
export interface RecordPage<Fields> {
  readonly rows: readonly ApiRecord<Fields>[];
  readonly total: number;
  readonly totalIs: TotalKind;
}

/**
 * Records of one kind, each act in the name of a user: PostgreSQL applies the rules of access. Fields that are hidden from the
 * user are left out. Errors: `record-not-found` (or not to be seen), `version-conflict`, `record-denied`, `field-denied`,
 * `bad-request` with `facts.faults`.
 */
export interface RecordStore<Fields extends object = object> {
  readonly kind: { readonly table: SearchableTable; readonly filters: z.ZodObject; readonly empty: object };
  list(query: ListQuery, user: ActingUser): Promise<RecordPage<Fields>>;
  /** Ids of all records that words and filters select, in no order; one more than `max` where there are more. */
  selectAll(query: Pick<ListQuery, 'words' | 'filters'>, max: number, user: ActingUser): Promise<readonly string[]>;
  read(id: string, user: ActingUser): Promise<ApiRecord<Fields>>;
  /** Of these records, those that are there and that the user may see, in the order of their ids. */
  readAll(ids: readonly string[], user: ActingUser): Promise<readonly ApiRecord<Fields>[]>;
  create(entered: unknown, user: ActingUser): Promise<ApiRecord<Fields>>;
  /** Changes the fields that are given, if the record still has this version. */
  update(id: string, version: number, entered: unknown, user: ActingUser): Promise<ApiRecord<Fields>>;
  remove(id: string, version: number, user: ActingUser): Promise<void>;
  rights(user: ActingUser): Promise<RecordRights>;
}

/** What rules of access leave to a user, of one kind of record. */
export interface RecordRights {
  readonly hidden: readonly string[];
  /** Fields that are seen and not written. */
  readonly readOnly: readonly string[];
  readonly insertable: boolean;
  readonly deletable: boolean;
}

/** A transaction of a user, with what the user's role may do with the kind's table, and what is read of it. */
interface Acting {
  readonly transaction: Prisma.TransactionClient;
  readonly rights: TableRights;
  readonly select: RowSelect;
}

/** A store of records of one kind. */
export function recordStore<Fields extends object, Row extends StoredRow>(crm: PrismaClient, kind: RecordKind<Fields, Row>): RecordStore<Fields> {
  const delegate = (client: Prisma.TransactionClient): Delegate<Row> => kind.delegate(client) as Delegate<Row>;
  const tables = [kind.table, ...(kind.joined === undefined ? [] : [kind.joined.table])];
  const acting = <T>(user: ActingUser, body: (acting: Acting) => Promise<T>): Promise<T> =>
    asUser(crm, user, (transaction, rightsOn) => body({ transaction, rights: rightsOn(kind.table), select: recordSelect(kind, rightsOn) }), tables);
  const toRecord = (row: Row, { shows }: RowSelect): ApiRecord<Fields> => {
    const fields = Object.fromEntries(Object.entries(kind.toFields(row)).filter(([field]) => shows(field))) as Fields;
    return { ...fields, id: row.id, version: row.version, updatedAt: row.updatedAt.toISOString() };
  };

  const find = async ({ transaction, select }: Acting, id: string): Promise<Row> => {
    const row = await delegate(transaction).findUnique({ where: { id }, select: select.columns });
    if (row === null) throw new TidegateError('record-not-found', undefined, { id });
    return readRow(kind, row);
  };

  const findAll = async ({ transaction, select }: Acting, ids: readonly string[]): Promise<readonly Row[]> => {
    const rows = await delegate(transaction).findMany({ where: { id: { in: ids } }, select: select.columns });
    const byId = new Map(rows.map((row) => [row.id, readRow(kind, row)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  };

  return {
    kind,
    list: ({ filters = {}, ...search }, user) =>
      acting(user, async ({ transaction, rights, select }) => {
        const conditions = filterConditions(kind.table, filters, rights);
        const { ids, total, totalIs } = await findKeys(transaction, kind.table, { ...search, conditions, rights });
        const rows = await findAll({ transaction, rights, select }, ids);
        return { rows: rows.map((row) => toRecord(row, select)), total, totalIs };
      }),
    selectAll: ({ words, filters = {} }, max, user) =>
      acting(user, async ({ transaction, rights }) =>
        findAllKeys(transaction, kind.table, { words, conditions: filterConditions(kind.table, filters, rights), rights }, max),
      ),
    readAll: (ids, user) => acting(user, async (act) => (await findAll(act, ids)).map((row) => toRecord(row, act.select))),
    read: (id, user) => acting(user, async (act) => toRecord(await find(act, id), act.select)),
    async create(entered, user) {
      const given = checkChanges(kind, entered);
      const fields = checkFields(kind, { ...kind.empty, ...given });
      return acting(user, async (act) => {
        const { transaction, rights, select } = act;
        if (rights.insertable.size === 0) throw recordDenied();
        requireColumns(rights.insertable, Object.keys(given), 'give a new record');
        const id = randomUUID();
        await insertRow(transaction, kind.table, rights.types, { id, ...writable(rights.insertable, kind.toData(fields, null)) });
        const made = await delegate(transaction).findUnique({ where: { id }, select: select.columns });
        // What is made has to be seen by whoever makes it, as `insert ... returning` has it.
        if (made === null) throw recordDenied();
        return toRecord(readRow(kind, made), select);
      });
    },
    async update(id, version, entered, user) {
      const changes = checkChanges(kind, entered);
      return acting(user, async (act) => {
        const before = await find(act, id);
        if (before.version !== version) throw versionConflict(id, version, before.version);
        requireColumns(act.rights.updatable, Object.keys(changes), 'change');
        checkWhole(kind, { ...kind.toFields(before), ...changes }, act.select.shows);
        const data = writable(act.rights.updatable, kind.toData(changes, before));
        if (Object.keys(data).length === 0) return toRecord(before, act.select);
        const { count } = await delegate(act.transaction).updateMany({ where: { id, version }, data });
        const after = await find(act, id);
        if (count === 0) throw after.version === version ? recordDenied(id) : versionConflict(id, version, after.version);
        await kind.follow?.(act.transaction, before, after);
        return toRecord(after, act.select);
      });
    },
    rights: (user) =>
      acting(user, async ({ rights, select }) => {
        const hidden = Object.keys(kind.empty).filter((field) => !select.shows(field));
        const readOnly = Object.keys(kind.empty).filter((field) => select.shows(field) && !rights.updatable.has(columnOf(field)));
        return { hidden, readOnly, insertable: rights.insertable.size > 0, deletable: rights.deletable };
      }),
    remove: (id, version, user) =>
      acting(user, async (act) => {
        if (!act.rights.deletable) throw recordDenied(id);
        const { count } = await delegate(act.transaction).deleteMany({ where: { id, version } });
        if (count > 0) return;
        const { version: stored } = await find(act, id);
        throw stored === version ? recordDenied(id) : versionConflict(id, version, stored);
      }),
  };
}

/** Adds a row with these columns and no others: the rest has its defaults. */
async function insertRow(
  client: Prisma.TransactionClient,
  table: SearchableTable,
  types: TableRights['types'],
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  // PostgreSQL reads dates and times out of an ISO moment, but no time of day (local-times.ts).
  const text = (column: string, value: unknown) => (value instanceof Date && types.get(column) === 'time without time zone' ? timeOfDayText(value) : value);
  const row = Object.fromEntries(Object.entries(values).map(([field, value]) => [columnOf(field), text(columnOf(field), value)]));
  const [name, columns] = [Prisma.raw(table), Prisma.raw(Object.keys(row).map(ident).join(', '))];
  await client.$executeRaw`insert into ${name} (${columns}) select ${columns} from jsonb_populate_record(null::${name}, ${JSON.stringify(row)}::jsonb)`;
}

/** Values of the columns that may be written; what follows from others (when a task was done) is left to its default where it may not. */
function writable(columns: ReadonlySet<string>, data: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(data).filter(([field]) => columns.has(columnOf(field))));
}

function recordDenied(id?: string): TidegateError {
  return new TidegateError('record-denied', undefined, id === undefined ? {} : { id });
}

function versionConflict(id: string, expected: number, stored: number): TidegateError {
  return new TidegateError('version-conflict', undefined, { id, expectedVersion: expected, storedVersion: stored });
}

function checkChanges<Fields extends object, Row extends StoredRow>(kind: RecordKind<Fields, Row>, entered: unknown): Partial<Fields> {
  const result = kind.fields.partial().safeParse(entered);
  if (!result.success) throw faultyFields(result.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(record)'}: ${message}`));
  return result.data as Partial<Fields>;
}

function checkFields<Fields extends object, Row extends StoredRow>(kind: RecordKind<Fields, Row>, fields: unknown): Fields {
  const result = kind.fields.safeParse(fields);
  if (!result.success) throw faultyFields(result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`));
  const whole = result.data as Fields;
  checkWhole(kind, whole);
  return whole;
}

/** What stands in the store already is not checked field by field again: it may have come from elsewhere. */
function checkWhole<Fields extends object, Row extends StoredRow>(kind: RecordKind<Fields, Row>, fields: Fields, shows = (_field: string) => true): void {
  // Nobody mends what he does not see.
  const faults = kind.faults(fields).filter(({ field }) => shows(field));
  if (faults.length > 0) throw faultyFields(faults.map(({ field, message }) => `${field}: ${message}`));
}

function faultyFields(faults: readonly string[]): TidegateError {
  return new TidegateError('bad-request', `Some fields are not right: ${faults.join('; ')}.`, { faults });
}
