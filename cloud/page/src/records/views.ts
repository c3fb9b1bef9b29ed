import { isCalendar } from '../calendar/calendar-fields.ts';
import { fieldText, texts } from '../texts/texts.ts';
import type { CloudRecord, Collection, Field } from './collections.ts';

/** Which fields name a record, stand in the list, and stand under "more" in the form. */
export interface View {
  readonly title: readonly string[];
  readonly list: readonly string[];
  readonly sort?: string;
  readonly more: readonly string[];
}

const VIEWS: Readonly<Record<string, View>> = {
  contacts: {
    title: ['givenName', 'familyName'],
    list: ['familyName', 'givenName', 'company', 'jobTitle', 'emails', 'phones'],
    sort: 'familyName',
    more: [],
  },
  appointments: {
    title: ['summary'],
    list: ['summary', 'startsAt', 'location', 'status'],
    sort: 'startsAt',
    more: ['timeZone', 'recurrence', 'recurrenceId', 'seriesId', 'exceptions', 'attendees', 'uid'],
  },
  tasks: { title: ['subject'], list: ['subject', 'dueDate', 'status', 'priority'], sort: 'dueDate', more: ['timeZone', 'completedAt'] },
};

/** How a collection is shown; one without a view of its own is named by its key and shows its first fields. */
export function viewOf({ name, key, fields }: Collection): View {
  const known = VIEWS[name];
  const has = (field: string): boolean => fields.some((each) => each.name === field);
  if (known !== undefined && known.title.some(has)) return { ...known, list: known.list.filter(has) };
  const plain = fields.filter(({ type }) => type !== 'jsonb' && type !== 'json').map((each) => each.name);
  return { title: key, list: [...key, ...plain.filter((field) => !key.includes(field))].slice(0, 5), more: [] };
}

/** A record's name. */
export function titleOf(collection: Collection, { values }: Pick<CloudRecord, 'values'>): string {
  const { title } = viewOf(collection);
  const name = title.flatMap((field) => values[field] ?? []).join(' ');
  return name === '' ? (values['company'] ?? texts.list.nameless) : name;
}

/** What the form shows: keys that nobody types are left out. */
export function formFields({ fields }: Collection): readonly Field[] {
  return fields.filter(({ access, made }) => !(access === 'key' && made));
}

/** What a list is sorted by: a column, and where that is the same for several records, what names them. */
export function sortOf({ title }: View, sort: string | undefined): readonly string[] {
  return sort === undefined ? [] : [sort, ...[...title].reverse().filter((field) => field !== sort)];
}

/** What a column of a list is called. */
export function columnText(collection: Collection, field: string): string {
  return field === 'startsAt' && isCalendar(collection) ? texts.list.when : fieldText(field);
}
