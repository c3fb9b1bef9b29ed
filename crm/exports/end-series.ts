import type { PoolClient } from 'pg';
import { Temporal } from 'temporal-polyfill';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { endedBefore, renamed } from '../../adaptor/data/import/entries/later-part.ts';
import { type Moment, isoText } from '../../adaptor/data/import/entries/moments.ts';
import { STAGED_ENTRIES } from './stage-entries.ts';
import { STORED_COLUMNS, type Stored, fromOf, isReckonable, occurrencesOf, startOf, wholeRule } from './stored-series.ts';

/** The part of a series from a changed occurrence on. */
interface Later {
  readonly row: Stored;
  readonly own: boolean;
  readonly from: Moment;
}

/** Ends the series of this import before the first change of all later occurrences, and each change before the next one. */
export async function endSeriesBeforeLaterParts(client: PoolClient): Promise<void> {
  const changed = await controlRows<Stored>(
    client,
    `select ${STORED_COLUMNS} from crm.appointments s
      where s.recurrence_id is null
        and s.uid in (select coalesce(later ->> 'uid', uid) from ${STAGED_ENTRIES} where kind = 'appointment' and state in ('add', 'update'))
        and exists (select from crm.appointments t where t.residue #>> '{import,later,uid}' = s.uid)`,
  );
  for (const series of changed) if (isReckonable(series)) await endSeries(client, series);
}

async function endSeries(client: PoolClient, series: Stored): Promise<void> {
  const start = startOf(series);
  const rows = await controlRows<Stored>(client, `select ${STORED_COLUMNS} from crm.appointments where residue #>> '{import,later,uid}' = $1`, [series.uid]);
  const parts = rows
    .flatMap((row): Later[] => {
      const later = row.residue.import?.later;
      return later === undefined ? [] : [{ row, own: later.own, from: fromOf(later, start) }];
    })
    .toSorted((a, b) => (isoText(a.from) < isoText(b.from) ? -1 : 1));
  const [first] = parts;
  if (first === undefined) return;
  const whole = wholeRule(series);
  if (whole !== undefined) {
    const ended = endedBefore({ start, rule: whole, exceptions: series.exceptions }, first.from);
    await rewrite(client, series, whole, ended.rule, ended.exceptions);
  }
  await removeDerived(client, series.id, (name) => name >= isoText(first.from));
  const replaced = (await occurrencesOf(client, series.id)).map(({ name }) => name);
  for (const [i, part] of parts.entries()) await endPart(client, series.exceptions, part, parts[i + 1], replaced);
}

/**
 * Ends a part before the next one. Occurrences that were called off in the series, or are records of their own, are left out of it:
 * where its series tells when it takes place, under the names that they have after the change.
 */
async function endPart(
  client: PoolClient,
  calledOff: readonly string[],
  { row, own, from }: Later,
  next: Later | undefined,
  replaced: readonly string[],
): Promise<void> {
  const change = { from, to: startOf(row) };
  const nameOf = (name: string): string => (own ? name : renamed(name, change));
  const until = next === undefined ? undefined : nameOf(isoText(next.from));
  const gone = (own ? replaced : [...calledOff, ...replaced])
    .filter((name) => name >= isoText(from) && (next === undefined || name < isoText(next.from)))
    .map(nameOf);
  const whole = wholeRule(row);
  if (whole !== undefined) {
    const exceptions = whole === null ? row.exceptions : [...new Set([...row.exceptions, ...gone])].toSorted();
    const part = { start: change.to, rule: whole, exceptions };
    const ended = until === undefined ? part : endedBefore(part, startLike(change.to, until));
    await rewrite(client, row, whole, ended.rule, ended.exceptions);
  }
  await removeDerived(client, row.id, (name) => (!own && gone.includes(name)) || (until !== undefined && name >= until));
}

function startLike(moment: Moment, name: string): Moment {
  if (moment.kind === 'date') return { kind: 'date', date: Temporal.PlainDate.from(name.slice(0, 10)) };
  return { ...moment, wall: Temporal.PlainDateTime.from(name) };
}

/** Writes a rule and exceptions where they are others, with the rule as it was. */
async function rewrite(client: PoolClient, row: Stored, whole: string | null, rule: string | null, exceptions: readonly string[]): Promise<void> {
  const split = { split: { whole, rule } };
  if (rule === row.recurrence && JSON.stringify(exceptions) === JSON.stringify(row.exceptions)) return;
  await client.query(`update crm.appointments set recurrence = $2, exceptions = $3, residue = residue || $4 where id = $1`, [
    row.id,
    rule,
    JSON.stringify(exceptions),
    JSON.stringify(split),
  ]);
}

/** Removes occurrences that a series added beside its rule and that are another's now. One that was changed in the CRM stays. */
async function removeDerived(client: PoolClient, id: string, gone: (name: string) => boolean): Promise<void> {
  const names = (await occurrencesOf(client, id)).filter(({ name, derived }) => derived && gone(name)).map(({ name }) => name);
  if (names.length === 0) return;
  await client.query(
    `delete from crm.appointments a
      where a.series_id = $1 and a.recurrence_id = any ($2) and to_jsonb(a) @> (a.residue #> '{import,values}')`,
    [id, names],
  );
}
