import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { checkRule, firstOccurrences } from '../../adaptor/data/import/entries/recurrence.ts';
import type { Appointment, Prisma } from '../../prisma/generated/crm/client.ts';
import { wallTimeText } from './local-times.ts';
import { recurrenceRuleSchema } from './recurrence-rule.ts';

/* What a change of a series means for the occurrences that differ from it. */

/** Any start: whether a rule ever happens hardly depends on it. */
const SOME_START = { kind: 'date', date: Temporal.PlainDate.from('2026-01-01') } as const;

/** A recurrence rule that happens at least once: `FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30` never does. */
export const happensRuleSchema = recurrenceRuleSchema.pipe(z.string().refine(happens, { params: { fault: 'never-happens' }, message: 'never happens' }));

function happens(rule: string): boolean {
  try {
    checkRule(rule, SOME_START, 'recurrence');
    return firstOccurrences(1, withoutEnd(rule), SOME_START, 'recurrence').length > 0;
  } catch {
    return false;
  }
}

const withoutEnd = (rule: string): string =>
  rule
    .split(';')
    .filter((part) => !/^(COUNT|UNTIL)=/.test(part))
    .join(';');

/** What the names of a series' occurrences (their starts, ISO 8601) end with, after the date. */
const timePart = ({ allDay, startsAt }: Pick<Appointment, 'allDay' | 'startsAt'>): string => (allDay ? '' : (wallTimeText(startsAt) ?? '').slice(10));

/**
 * Exceptions of a series under the names that its occurrences have after a change: at another hour, or as whole days, what
 * was called off stays called off. Undefined where none is renamed.
 */
export function renamedExceptions(before: Appointment, after: Pick<Appointment, 'allDay' | 'startsAt'>): readonly unknown[] | undefined {
  const [from, to] = [timePart(before), timePart(after)];
  if (from === to || !Array.isArray(before.exceptions)) return undefined;
  const renamed = before.exceptions.map((name) => (typeof name === 'string' && name.slice(10) === from ? name.slice(0, 10) + to : name));
  return renamed.length === 0 ? undefined : renamed;
}

/** The same for the records that replace an occurrence: they name it as well. */
export async function renameReplaced(transaction: Prisma.TransactionClient, before: Appointment, after: Appointment): Promise<void> {
  const [from, to] = [timePart(before), timePart(after)];
  if (from === to) return;
  await transaction.$executeRaw`
    update crm.appointments set recurrence_id = left(recurrence_id, 10) || ${to}
     where series_id = ${before.id}::uuid and substr(recurrence_id, 11) = ${from}`;
}
