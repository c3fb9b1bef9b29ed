import { type Moment, after, firstMoment, instantText, isoText } from '../../adaptor/data/import/entries/moments.ts';
import { type Properties, readProperties, textOf } from '../../adaptor/data/import/entries/properties.ts';
import { zonesUsed } from './appointment-of.ts';
import { isPrivate, modifiedOf, sequenceOf } from './common-properties.ts';
import type { ColumnValues, Mapping, MappingContext } from './mapped-record.ts';

const NAMES = [
  'CLASS',
  'COMPLETED',
  'DESCRIPTION',
  'DTSTART',
  'DUE',
  'DURATION',
  'LAST-MODIFIED',
  'PRIORITY',
  'RECURRENCE-ID',
  'SEQUENCE',
  'STATUS',
  'SUMMARY',
  'UID',
];

const STATUSES: Readonly<Record<string, string>> = { 'needs-action': 'open', 'in-process': 'in_progress', completed: 'done', cancelled: 'cancelled' };

/** When a task is due: what DUE says, else DTSTART and DURATION together (RFC 5545 section 3.6.2). */
function dueOf(all: Properties, { zones }: MappingContext): Moment | null {
  const due = all.first('DUE');
  if (due !== undefined) return firstMoment(due, zones.resolveOnce);
  const start = all.first('DTSTART');
  const duration = all.first('DURATION');
  return start === undefined || duration === undefined ? null : after(firstMoment(start, zones.resolveOnce), duration.text.trim(), 'DURATION');
}

function dueColumns(due: Moment | null): ColumnValues {
  if (due === null) return { due_date: null, due_time: null, time_zone: null };
  if (due.kind === 'date') return { due_date: isoText(due), due_time: null, time_zone: null };
  const [date, time] = isoText(due).split('T');
  return { due_date: date, due_time: time, time_zone: due.kind === 'zoned' ? due.zone : null };
}

/** State of a task, and when it was done: one that is open again has no such time (whatever the export forgot to clear). */
function progressColumns(all: Properties, context: MappingContext): ColumnValues {
  const completed = all.first('COMPLETED');
  const told = STATUSES[textOf(all.first('STATUS'))?.trim().toLowerCase() ?? ''];
  const status = told ?? (completed === undefined ? 'open' : 'done');
  if (status !== 'done' || completed === undefined) return { status, completed_at: null };
  const at = firstMoment(completed, context.zones.resolveOnce);
  // RFC 5545 section 3.8.2.1: a date with UTC time. Without Z it is taken for that all the same.
  const instant = instantText(at) ?? (at.kind === 'date' ? at.date : at.wall.toPlainDate()).toZonedDateTime('UTC').toInstant().toString();
  return { status, completed_at: at.kind === 'floating' ? at.wall.toZonedDateTime('UTC').toInstant().toString() : instant };
}

/**
 * A task from a VTODO (RFC 5545). A date stays a date. Recurrence, start, progress in per cent and what else the CRM's tasks
 * have no field for stay in the entry's text. Throws `value-invalid`, `time-zone-unknown`.
 */
export const taskOf: Mapping = ({ component, calendar }, context) => {
  const { charset, zones } = context;
  const all = readProperties(component, NAMES, { format: 'icalendar', charset });
  const around = readProperties({ lines: [...calendar.lines] }, ['VERSION'], { format: 'icalendar', charset });
  const id = all.first('RECURRENCE-ID');
  const occurrence = id === undefined ? null : firstMoment(id, zones.resolveOnce);
  const priority = Number(all.first('PRIORITY')?.text.trim() ?? 0);
  return {
    kind: 'task',
    uid: textOf(all.first('UID'))?.trim() ?? null,
    occurrence: occurrence === null ? null : { text: isoText(occurrence), instant: instantText(occurrence) },
    values: {
      subject: textOf(all.first('SUMMARY')) ?? '',
      description: textOf(all.first('DESCRIPTION')),
      ...dueColumns(dueOf(all, context)),
      ...progressColumns(all, context),
      priority: Number.isInteger(priority) && priority >= 0 && priority <= 9 ? priority : 0,
      private: isPrivate(all),
    },
    added: [],
    sequence: sequenceOf(all),
    modified: modifiedOf(all.first('LAST-MODIFIED')),
    version: textOf(around.first('VERSION')),
    timeZones: zonesUsed([all.first('DUE'), all.first('DTSTART'), id]),
  };
};
