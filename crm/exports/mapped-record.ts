import type { Entry } from '../../adaptor/data/import/entries/read-entries.ts';
import type { Zones } from '../../adaptor/data/import/entries/zones.ts';

/** Kinds of records that exports hold, each with its table. */
export const TABLES = { contact: 'crm.contacts', appointment: 'crm.appointments', task: 'crm.tasks' } as const;

/** A kind of record. */
export type MappedKind = keyof typeof TABLES;

/** Values by column, as JSON: dates and times in ISO 8601, a column that the export says nothing of is absent. */
export type ColumnValues = Readonly<Record<string, unknown>>;

/**
 * A change of an occurrence and all later ones (RANGE=THISANDFUTURE): a series of its own that says which series ends before it.
 */
export interface LaterOf {
  /** UID of the series that it changes. */
  readonly uid: string;
  /** The start that it stands for, as wall time or date, and as instant where it has a zone. */
  readonly text: string;
  readonly instant: string | null;
  /** Whether it says itself when it takes place: else its series does. */
  readonly own: boolean;
}

/** What an entry becomes. */
export interface MappedRecord {
  readonly kind: MappedKind;
  /** The entry's own identity; null where the export gives none. */
  readonly uid: string | null;
  /** Of a single occurrence: the start that it stands for, as wall time or date, and as instant where it has a zone. */
  readonly occurrence: { readonly text: string; readonly instant: string | null } | null;
  readonly values: ColumnValues;
  readonly later?: LaterOf;
  /** Occurrences that the series has beside its rule, by their start. */
  readonly added: readonly { readonly text: string; readonly values: ColumnValues }[];
  /** SEQUENCE, 0 where there is none. */
  readonly sequence: number;
  /** LAST-MODIFIED or REV as ISO 8601, null where there is none. */
  readonly modified: string | null;
  /** VERSION of the vCard or of the calendar. */
  readonly version: string | null;
  /** TZIDs that the entry uses. */
  readonly timeZones: readonly string[];
}

/** What mapping needs beside the entry. */
export interface MappingContext {
  readonly zones: Zones;
  /** Character set of lines that declare none. Default UTF-8. */
  readonly charset: string | undefined;
}

/** Turns an entry into a record. Throws a TidegateError that says why the entry cannot go in. */
export type Mapping = (entry: Entry, context: MappingContext) => MappedRecord;
