import type { PoolClient } from 'pg';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { laterPart } from '../../adaptor/data/import/entries/later-part.ts';
import { type Moment, isoText } from '../../adaptor/data/import/entries/moments.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { lengthOf, timeColumns } from './appointment-times.ts';
import type { LaterOf } from './mapped-record.ts';
import { STAGED_ENTRIES } from './stage-entries.ts';
import { STORED_COLUMNS, type Stored, type Times, endOf, fromOf, isReckonable, occurrencesOf, startOf, wholeRule } from './stored-series.ts';

/* Changes of an occurrence and all later ones: what of their series they go on with. */

interface StagedLater {
  readonly entry: number;
  readonly record: Times;
  readonly later: LaterOf;
  readonly series: Stored | null;
}

/**
 * Fills in when the staged changes of later occurrences take place, from the series that they change. One whose series is not
 * there, or cannot be told, is refused. Returns whether there is any.
 */
export async function tellLaterParts(client: PoolClient): Promise<boolean> {
  const staged = await controlRows<StagedLater>(
    client,
    `select e.entry, e.record, e.later, to_jsonb(m) as series
       from ${STAGED_ENTRIES} e
       left join lateral (select ${STORED_COLUMNS} from crm.appointments a where a.uid = e.later ->> 'uid' and a.recurrence_id is null
                           order by a.created_at, a.id limit 1) m on true
      where e.rank = 1 and e.state is null`,
  );
  for (const { entry, record, later, series } of staged) {
    if (later.own) continue;
    try {
      const { rule, exceptions, added } = await partOf(client, series, later, record);
      await client.query(`update ${STAGED_ENTRIES} set record = record || $2 where entry = $1 and part = 0`, [
        entry,
        JSON.stringify({ recurrence: rule, exceptions }),
      ]);
      await stageOccurrences(client, entry, record, added);
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      await client.query(`update ${STAGED_ENTRIES} set state = 'refused', code = $2, reason = $3, property = 'RECURRENCE-ID' where entry = $1`, [
        entry,
        error.code,
        error.message,
      ]);
    }
  }
  return staged.length > 0;
}

async function partOf(client: PoolClient, series: Stored | null, later: LaterOf, record: Times): Promise<ReturnType<typeof laterPart>> {
  const rule = series === null ? null : (wholeRule(series) ?? series.residue.split?.whole ?? null);
  if (series === null || rule === null || !isReckonable(series))
    throw new TidegateError('entry-unsupported', 'It changes this and all later occurrences of a series whose rule is not known.');
  const start = startOf(series);
  const from = fromOf(later, start);
  const staged = await controlRows<{ name: string }>(client, `select occurrence as name from ${STAGED_ENTRIES} where part > 0 and uid = $1`, [series.uid]);
  const beside = [...staged, ...(await occurrencesOf(client, series.id)).filter(({ derived }) => derived)];
  if (beside.some(({ name }) => name >= isoText(from)))
    throw new TidegateError('entry-unsupported', 'It changes this and all later occurrences of a series that has some beside its rule.');
  return laterPart({ start, rule, exceptions: series.exceptions }, { from, to: startOf(record) });
}

/** Stages the occurrences that no rule tells, with the length of the first one. */
async function stageOccurrences(client: PoolClient, entry: number, record: Times, starts: readonly Moment[]): Promise<void> {
  if (starts.length === 0) return;
  const endFor = lengthOf(startOf(record), endOf(record));
  const occurrences = starts.map((start, i) => ({
    part: i + 1,
    text: isoText(start),
    values: { ...record, ...timeColumns(start, endFor(start)), recurrence: null, exceptions: [] },
  }));
  await client.query(
    `insert into ${STAGED_ENTRIES} (entry, part, line, component, kind, uid, occurrence, written_occurrence, sequence, modified, digest, record, original)
     select e.entry, o.part, e.line, e.component, e.kind, e.uid, o.text, o.text, e.sequence, e.modified, e.digest || ' ' || o.text, o.values,
            jsonb_build_object('format', 'icalendar', 'derived', true, 'sequence', e.sequence, 'modified', e.modified)
       from ${STAGED_ENTRIES} e cross join jsonb_to_recordset($2) as o (part integer, text text, values jsonb)
      where e.entry = $1 and e.part = 0`,
    [entry, JSON.stringify(occurrences)],
  );
}
