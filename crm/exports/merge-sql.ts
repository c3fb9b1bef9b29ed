import { escapeIdentifier } from 'pg';
import { type MappedKind, TABLES } from './mapped-record.ts';
import { STAGED_ENTRIES } from './stage-entries.ts';

/** Order of the merge: what stands by itself, what changes the rest of a series, single occurrences. */
export type Rank = 0 | 1 | 2;

/** Columns that an import writes, by kind. Whatever else a record has is the CRM's own. */
const COLUMNS: Readonly<Record<MappedKind, readonly string[]>> = {
  contact: ['given_name', 'family_name', 'company', 'job_title', 'emails', 'phones', 'addresses', 'birthday', 'note', 'private'],
  appointment: [
    'summary',
    'description',
    'location',
    'all_day',
    'start_date',
    'end_date',
    'starts_at',
    'ends_at',
    'time_zone',
    'recurrence',
    'exceptions',
    'status',
    'attendees',
    'private',
  ],
  task: ['subject', 'description', 'due_date', 'due_time', 'time_zone', 'status', 'priority', 'completed_at', 'private'],
};

/** The key that an identity always gets, in the form of a UUID of version 8 (RFC 9562). */
const DERIVED_ID = `overlay(overlay(left(encode(sha256(convert_to(concat_ws(chr(10), 'tidegate import', e.kind, e.uid, e.occurrence), 'UTF8')), 'hex'), 32)
    placing '8' from 13) placing '8' from 17)::uuid`;

/** Contacts and tasks: the key follows from the identity. */
export const IDENTIFY = `update ${STAGED_ENTRIES} e set id = ${DERIVED_ID} where kind in ('contact', 'task')`;

/** Appointments that stand for themselves: one that has the UID already, however it came to the CRM, is the same one. */
export const IDENTIFY_SERIES = `
  update ${STAGED_ENTRIES} e
     set id = coalesce((select a.id from crm.appointments a where a.uid = e.uid and a.recurrence_id is null order by a.created_at, a.id limit 1), ${DERIVED_ID})
   where kind = 'appointment' and occurrence is null`;

/**
 * The start that an override stands for, told as its series tells times: in the series' zone, as a date where the series has
 * dates, with the series' time where the export names the day alone. `o` has text and instant, `a` is the series.
 */
const AS_THE_SERIES = `case
    when a.all_day then left(o.text, 10)
    when length(o.text) = 10 then o.text || 'T' || to_char(a.starts_at, 'HH24:MI:SS')
    when o.at is not null and z.name is not null then to_char(o.at at time zone z.name, 'YYYY-MM-DD"T"HH24:MI:SS')
    else o.text
  end`;

/** Series with the zone in which their overrides are told. */
const SERIES_WITH_ZONE = `crm.appointments a left join zone z on z.name = a.time_zone`;

/** Finds a row where the file has overrides. */
export const STAGED_OVERRIDES = `select from ${STAGED_ENTRIES} where kind = 'appointment' and occurrence is not null limit 1`;

/** Finds a row where overrides wait in the CRM for a series of the file. */
export const WAITING_OVERRIDES = `
  select from ${STAGED_ENTRIES} e join crm.appointments w on w.uid = e.uid
   where e.kind = 'appointment' and e.occurrence is null and w.recurrence_id is not null and w.series_id is null limit 1`;

/** Overrides: finds their series, also one that came earlier or from elsewhere. */
export const FIND_SERIES = `
  with zone as materialized (select name from pg_timezone_names)
  update ${STAGED_ENTRIES} e
     set series_id = a.id, occurrence = (select ${AS_THE_SERIES} from (values (e.occurrence, e.occurrence_at)) as o (text, at))
    from ${SERIES_WITH_ZONE}
   where e.kind = 'appointment' and e.occurrence is not null and a.uid = e.uid and a.recurrence_id is null`;

/** Overrides: one that has UID and start already is the same one, also where it waited for its series. */
export const IDENTIFY_OVERRIDES = `
  update ${STAGED_ENTRIES} e
     set id = coalesce(
           (select a.id from crm.appointments a
             where a.uid = e.uid and a.recurrence_id in (e.occurrence, e.written_occurrence)
             order by a.recurrence_id = e.occurrence desc, a.created_at, a.id limit 1),
           ${DERIVED_ID})
   where kind = 'appointment' and occurrence is not null`;

/** Overrides that waited for a series which has come: they join it. */
export const JOIN_SERIES = `
  with zone as materialized (select name from pg_timezone_names)
  update crm.appointments w
     set series_id = a.id,
         recurrence_id = (select ${AS_THE_SERIES} from (values (w.recurrence_id, (w.residue #>> '{import,occurrenceAt}')::timestamptz)) as o (text, at))
    from ${STAGED_ENTRIES} e, ${SERIES_WITH_ZONE}
   where e.kind = 'appointment' and e.occurrence is null and a.id = e.id and w.uid = e.uid and w.recurrence_id is not null and w.series_id is null`;

/** What the stored record knows of earlier imports. */
const KNOWN = `t.residue -> 'import'`;

/**
 * Decides for the entries of a kind what becomes of each: of several with one identity the newest counts (SEQUENCE, then
 * LAST-MODIFIED or REV, then place in the file); one that was imported before is present, whatever happened to the record since;
 * one that is older than what was imported is superseded.
 */
export function decide(kind: MappedKind, rank: Rank): string {
  return `
  with ranked as (
    select entry, part, id, digest, sequence, modified, row_number() over same as place, first_value(digest) over same as chosen
      from ${STAGED_ENTRIES}
     where kind = '${kind}' and state is null and rank = ${rank}
    window same as (partition by id order by part > 0, sequence desc, modified desc nulls last, entry desc)
  )
  update ${STAGED_ENTRIES} e
     set state = case
           when r.place > 1 then case when r.digest = r.chosen then 'present' else 'superseded' end
           when t.id is null then 'add'
           when ${KNOWN} -> 'digests' ? r.digest then 'present'
           when coalesce((${KNOWN} ->> 'sequence')::int, 0) > r.sequence then 'superseded'
           when coalesce((${KNOWN} ->> 'sequence')::int, 0) = r.sequence and (${KNOWN} ->> 'modified')::timestamptz > r.modified then 'superseded'
           else 'update'
         end
    from ranked r left join ${TABLES[kind]} t on t.id = r.id
   where e.entry = r.entry and e.part = r.part`;
}

/** What is written beside a record: the original, the values that came from it, and which exports were seen. */
const RESIDUE = `e.original || jsonb_build_object('values', e.record, 'occurrenceAt', e.occurrence_at)
         || case when e.later is null then '{}' else jsonb_build_object('later', e.later) end`;

/** Which rows of the staged ones are written. */
const CHOSEN = `e.kind = $1 and e.rank = $2 and e.state = $3 and e.entry between $4 and $5`;

/** Adds the chosen entries of a kind. Parameters: kind, rank, state, first and last entry. */
export function add(kind: MappedKind): string {
  const columns = (COLUMNS[kind] ?? []).map((column) => escapeIdentifier(column));
  const own =
    kind === 'appointment' ? { names: ['uid', 'series_id', 'recurrence_id'], values: ['e.uid', 'e.series_id', 'e.occurrence'] } : { names: [], values: [] };
  return `
  insert into ${TABLES[kind]} (id, ${[...own.names, ...columns].join(', ')}, residue)
  select e.id, ${[...own.values, ...columns.map((column) => `r.${column}`)].join(', ')},
         jsonb_build_object('import', ${RESIDUE} || jsonb_build_object('digests', jsonb_build_array(e.digest)))
    from ${STAGED_ENTRIES} e cross join lateral jsonb_populate_record(null::${TABLES[kind]}, e.record) r
   where ${CHOSEN}`;
}

/**
 * Updates the chosen entries of a kind: a column changes where the export's value is another than at the last import, so that
 * what was changed in the CRM meanwhile stays. A record that did not come from an import takes all values, but never stops
 * being private by that. Parameters as of `add`.
 */
export function update(kind: MappedKind): string {
  const sets = (COLUMNS[kind] ?? []).map((name) => {
    const column = escapeIdentifier(name);
    const came = name === 'private' ? `(r.${column} or t.${column} and ${KNOWN} is null)` : `r.${column}`;
    return `${column} = case when ${KNOWN} #> '{values,${name}}' = e.record -> '${name}' then t.${column} else ${came} end`;
  });
  const own = kind === 'appointment' ? ['series_id = coalesce(e.series_id, t.series_id)', 'recurrence_id = e.occurrence'] : [];
  return `
  update ${TABLES[kind]} t
     set ${[...own, ...sets].join(',\n         ')},
         residue = t.residue || jsonb_build_object('import', ${RESIDUE}
           || jsonb_build_object('digests', coalesce(${KNOWN} -> 'digests', '[]') || jsonb_build_array(e.digest)))
    from ${STAGED_ENTRIES} e cross join lateral jsonb_populate_record(null::${TABLES[kind]}, e.record) r
   where t.id = e.id and ${CHOSEN}`;
}

/**
 * Occurrences that an earlier export of a series added beside its rule and that the changed one no longer has: the series
 * itself proves that they are gone. One that was changed in the CRM stays.
 */
export const REMOVE_DROPPED_OCCURRENCES = `
  delete from crm.appointments a using ${STAGED_ENTRIES} e
   where e.kind = 'appointment' and e.occurrence is null and e.state = 'update' and a.series_id = e.id
     and a.residue #> '{import,derived}' = 'true' and to_jsonb(a) @> (a.residue #> '{import,values}')
     and not exists (select from ${STAGED_ENTRIES} o where o.kind = 'appointment' and o.id = a.id and o.occurrence is not null)`;

/** Occurrences come and go with their series: where that is refused, or stays as it is, so do they. */
export const DROP_WITHOUT_SERIES = `
  delete from ${STAGED_ENTRIES} o using ${STAGED_ENTRIES} e
   where o.part > 0 and e.part = 0 and e.entry = o.entry and e.state not in ('add', 'update')`;
