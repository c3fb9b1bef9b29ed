import type { ComponentType } from 'react';
import type { z } from 'zod';
import type { Fault } from '../../../records/faults.ts';
import type { KindName } from '../../../records/record-stores.ts';
import type { FilterView } from './filter-view.ts';

/** What every record has beside its fields. */
export interface Stored {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string;
}

/** Fields as inputs hold them: an empty text where there is nothing. */
export type InputsOf<Fields> = { -readonly [Name in keyof Fields]: null extends Fields[Name] ? Exclude<Fields[Name], null> | '' : Fields[Name] };

/** What inputs need of their form (one of Mantine's, whose own types don't resolve under `nodenext`). */
export interface RecordFormOf<Fields> {
  readonly values: InputsOf<Fields>;
  /** Attributes of the input of a field, or of a part of it (`emails.0.value`). */
  getInputProps(path: string, options?: { readonly type: 'checkbox' }): object;
  setFieldValue<Name extends keyof Fields & string>(path: Name, value: InputsOf<Fields>[Name]): void;
  insertListItem(path: string, item: unknown): void;
  removeListItem(path: string, index: number): void;
}

/** Records that belong to another: their list, narrowed. */
export interface RelatedList {
  readonly kind: KindName;
  readonly title: string;
  /** Filters of the list, by name. */
  readonly filter: Readonly<Record<string, string>>;
}

/** What the parts that all kinds share have to know of one kind. */
export interface RecordView<Fields extends object, Row extends Fields & Stored> {
  readonly kind: KindName;
  /** Table of the records, by which their collection is found. */
  readonly table: string;
  /** One of them, in the user's words. */
  readonly one: string;
  /** Names of the fields, in the user's words. */
  readonly labels: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodObject;
  readonly empty: Fields;
  faults(fields: Fields): readonly Fault[];
  nameOf(row: Row): string;
  /** What tells it from others of its name, in a few words; empty where nothing does. */
  detailOf(row: Row): string;
  /** Last changes to what was entered, before it is checked. */
  readonly settle?: (fields: Fields) => Fields;
  /** What inputs show of a record, where that is not its fields as they are. */
  readonly present?: (fields: Fields) => Fields;
  /** A field's value in the user's words, where it is not its own text. */
  readonly show?: (field: string, value: unknown) => string | undefined;
  /** Fields that name another record, and of which kind that is. */
  readonly references?: Readonly<Record<string, KindName>>;
  /** How its list can be narrowed. */
  readonly filters: readonly FilterView[];
  /** Other records that belong to one, each with a list of its own. */
  readonly related?: (row: Row) => readonly RelatedList[];
  readonly Inputs: ComponentType<{ readonly form: RecordFormOf<Fields>; readonly record: Row | null }>;
}
