import { createHash } from 'node:crypto';
import type { Component, Entry } from '../../adaptor/data/import/entries/read-entries.ts';
import { nameOf } from '../../adaptor/data/import/entries/content-line.ts';
import type { MappedRecord, MappingContext } from './mapped-record.ts';

/** Lines that say when something was written and not what: two exports of the same differ in them. */
const VOLATILE = new Set(['DTSTAMP', 'LAST-MODIFIED', 'PRODID', 'REV']);

/** SHA-256 of an entry's unfolded lines, without those that change from export to export; as base64url. */
export function digestOf(component: Component): string {
  const hash = createHash('sha256');
  const add = ({ name, lines, children }: Component): void => {
    hash.update(`BEGIN:${name}\n`);
    for (const { bytes } of lines) if (!VOLATILE.has(nameOf(bytes))) hash.update(bytes).update('\n');
    for (const child of children) add(child);
    hash.update(`END:${name}\n`);
  };
  add(component);
  return hash.digest('base64url');
}

/** What is kept of an entry beside its record, so that the entry can be written again as it was. */
export interface Original {
  readonly format: 'vcard' | 'icalendar';
  readonly version: string | null;
  /** The entry from BEGIN to END, folds and line ends included, where it is UTF-8; */
  readonly text?: string;
  /** else its bytes. */
  readonly base64?: string;
  /** Content lines of the calendar that stand before it. */
  readonly calendar?: readonly string[];
  /** Definitions of time zones that it needs and that are not known by name. */
  readonly timeZones?: Readonly<Record<string, string>>;
  readonly sequence: number;
  readonly modified: string | null;
}

const MAX_CALENDAR_BYTES = 20_000;

/** Bytes as text, where text gives the same bytes again and PostgreSQL can hold it. */
function exactText(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return !text.includes('\u0000') && Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** The original of an entry. */
export function originalOf({ raw, component, calendar }: Entry, { version, sequence, modified, timeZones }: MappedRecord, { zones }: MappingContext): Original {
  const text = exactText(raw);
  const lines = calendar.lines.flatMap(({ bytes }) => exactText(bytes) ?? []);
  const definitions = timeZones.flatMap((tzid) => {
    const definition = zones.definition(tzid);
    return definition === undefined || definition.includes('\u0000') ? [] : [[tzid, definition] as const];
  });
  return {
    format: component.name === 'VCARD' ? 'vcard' : 'icalendar',
    version,
    ...(text === undefined ? { base64: raw.toString('base64') } : { text }),
    ...(component.name === 'VCARD' || lines.join('').length > MAX_CALENDAR_BYTES ? {} : { calendar: lines }),
    ...(definitions.length === 0 ? {} : { timeZones: Object.fromEntries(definitions) }),
    sequence,
    modified,
  };
}
