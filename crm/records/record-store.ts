import type { Account, Appointment, Contact, Prisma, PrismaClient, Task } from '../../prisma/generated/crm/client.ts';
import type { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { asActor } from '../database.ts';
import type { Fault } from './faults.ts';
import { filterConditions } from './filter-conditions.ts';
import type { Filters } from './filters.ts';
import { findAllKeys, findKeys, type Search, type TotalKind } from './find-keys.ts';
import type { SearchableTable } from './search-tables.ts';

/** Rows of the sample CRM that have an optimistic lock. */
type StoredRow = Account | Contact | Appointment | Task;

/** A record as the API answers it: what can be entered, what can only be read, and the lock. */
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
  /** What is read along with the row. */
  readonly include?: object;
  /** A row's fields as the API shows them. */
  toFields(row: Row): Fields;
  /** Values for the columns of changed fields; `before` is null for a new record. */
  toData(changes: Partial<Fields>, before: Row | null): object;
  /** What else a change brings about, in its transaction. */
  readonly follow?: (transaction: Prisma.TransactionClient, before: Row, after: Row) => Promise<void>;
}

/** The parts of a Prisma delegate that a store uses, alike for every model. */
interface Delegate<Row> {
  findMany(query: { where: { id: { in: readonly string[] } }; include?: object }): Promise<Row[]>;
  findUnique(query: { where: { id: string }; include?: object }): Promise<Row | null>;
  create(query: { data: object; include?: object }): Promise<Row>;
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

/** Records of one kind. Errors: `record-not-found`, `version-conflict`, `bad-request` with `facts.faults`. */
export interface RecordStore<Fields extends object = object> {
  readonly kind: { readonly table: SearchableTable; readonly filters: z.ZodObject };
  list(query: ListQuery): Promise<RecordPage<Fields>>;
  /** Ids of all records that words and filters select, in no order; one more than `max` where there are more. */
  selectAll(query: Pick<ListQuery, 'words' | 'filters'>, max: number): Promise<readonly string[]>;
  read(id: string): Promise<ApiRecord<Fields>>;
  create(entered: unknown, actor: string): Promise<ApiRecord<Fields>>;
  /** Changes the fields that are given, if the record still has this version. */
  update(id: string, version: number, entered: unknown, actor: string): Promise<ApiRecord<Fields>>;
  remove(id: string, version: number, actor: string): Promise<void>;
}

/** A store of records of one kind. */
export function recordStore<Fields extends object, Row extends StoredRow>(crm: PrismaClient, kind: RecordKind<Fields, Row>): RecordStore<Fields> {
  const include = kind.include === undefined ? {} : { include: kind.include };
  const delegate = (client: Prisma.TransactionClient): Delegate<Row> => kind.delegate(client) as Delegate<Row>;
  const toRecord = (row: Row): ApiRecord<Fields> => ({ ...kind.toFields(row), id: row.id, version: row.version, updatedAt: row.updatedAt.toISOString() });

  const find = async (client: Prisma.TransactionClient, id: string): Promise<Row> => {
    const row = await delegate(client).findUnique({ where: { id }, ...include });
    if (row === null) throw new TidegateError('record-not-found', undefined, { id });
    return row;
  };

  return {
    kind,
    async list({ filters = {}, ...search }) {
      const { ids, total, totalIs } = await findKeys(crm, kind.table, { ...search, conditions: filterConditions(kind.table, filters) });
      const rows = await delegate(crm).findMany({ where: { id: { in: ids } }, ...include });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return { rows: ids.flatMap((id) => byId.get(id) ?? []).map(toRecord), total, totalIs };
    },
    selectAll: ({ words, filters = {} }, max) => findAllKeys(crm, kind.table, { words, conditions: filterConditions(kind.table, filters) }, max),
    async read(id) {
      return toRecord(await find(crm, id));
    },
    async create(entered, actor) {
      const fields = checkFields(kind, { ...kind.empty, ...checkChanges(kind, entered) });
      return asActor(crm, actor, async (transaction) => toRecord(await delegate(transaction).create({ data: kind.toData(fields, null), ...include })));
    },
    async update(id, version, entered, actor) {
      const changes = checkChanges(kind, entered);
      return asActor(crm, actor, async (transaction) => {
        const before = await find(transaction, id);
        if (before.version !== version) throw versionConflict(id, version, before.version);
        checkWhole(kind, { ...kind.toFields(before), ...changes });
        const { count } = await delegate(transaction).updateMany({ where: { id, version }, data: kind.toData(changes, before) });
        const after = await find(transaction, id);
        if (count === 0) throw versionConflict(id, version, after.version);
        await kind.follow?.(transaction, before, after);
        return toRecord(after);
      });
    },
    async remove(id, version, actor) {
      await asActor(crm, actor, async (transaction) => {
        const { count } = await delegate(transaction).deleteMany({ where: { id, version } });
        if (count === 0) throw versionConflict(id, version, (await find(transaction, id)).version);
      });
    },
  };
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
function checkWhole<Fields extends object, Row extends StoredRow>(kind: RecordKind<Fields, Row>, fields: Fields): void {
  const faults = kind.faults(fields);
  if (faults.length > 0) throw faultyFields(faults.map(({ field, message }) => `${field}: ${message}`));
}

function faultyFields(faults: readonly string[]): TidegateError {
  return new TidegateError('bad-request', `Some fields are not right: ${faults.join('; ')}.`, { faults });
}
