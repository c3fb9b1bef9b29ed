import { TidegateError } from '../../exchange/errors.ts';
import { Prisma } from '../../prisma/generated/crm/client.ts';
import type { Filters } from './filters.ts';
import type { SearchableTable } from './search-tables.ts';
import { hiddenColumnsIn, type TableRights } from './table-rights.ts';

/** Makes the condition of one filter. */
type Condition = (value: string) => Prisma.Sql;

const isPrivate: Condition = (value) => Prisma.sql`private = ${value === 'true'}`;

const CONDITIONS: Readonly<Record<SearchableTable, Readonly<Record<string, Condition>>>> = {
  'crm.accounts': { industry: (value) => Prisma.sql`industry = ${value}` },
  'crm.contacts': {
    private: isPrivate,
    account: (value) => Prisma.sql`account_id = ${value}::uuid`,
    hasEmail: (value) => Prisma.sql`(emails <> '[]') = ${value === 'true'}`,
  },
  'crm.appointments': {
    private: isPrivate,
    status: (value) => Prisma.sql`status = ${value}`,
    // The end of an all-day appointment is exclusive. A series reaches as far as its rule does: it is never left out by its first day.
    from: (value) => Prisma.sql`(recurrence is not null or coalesce(end_date - 1, start_date, ends_at::date, starts_at::date) >= ${value}::date)`,
    to: (value) => Prisma.sql`coalesce(start_date, starts_at::date) <= ${value}::date`,
    recurring: (value) => Prisma.sql`(recurrence is not null) = ${value === 'true'}`,
  },
  'crm.tasks': {
    private: isPrivate,
    status: (value) => (value === 'unfinished' ? Prisma.sql`status in ('open', 'in_progress')` : Prisma.sql`status = ${value}`),
    dueFrom: (value) => Prisma.sql`due_date >= ${value}::date`,
    dueTo: (value) => Prisma.sql`due_date <= ${value}::date`,
    hasDate: (value) => Prisma.sql`(due_date is not null) = ${value === 'true'}`,
    contact: (value) => Prisma.sql`contact_id = ${value}::uuid`,
  },
};

/**
 * Conditions of the filters that are given. They have passed the kind's schema: an unknown one is a fault of this code.
 * Throws `field-denied` where one would tell of what is hidden.
 */
export function filterConditions(table: SearchableTable, filters: Filters, rights: TableRights): readonly Prisma.Sql[] {
  return Object.entries(filters).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const condition = CONDITIONS[table][name];
    if (condition === undefined) throw new Error(`no condition for the filter ${name} of ${table}`);
    const sql = condition(value);
    if (hiddenColumnsIn(rights, sql.strings.join(' ')).length > 0)
      throw new TidegateError('field-denied', `Rules of access: this user may not narrow the list by ${name}.`, { filter: name });
    return [sql];
  });
}
