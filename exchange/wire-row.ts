import { z } from 'zod';
import type { CollectionDefinition } from './collection.ts';

/**
 * Rows on the wire (rule 6): CSV of RFC 4180 as PostgreSQL's COPY ... (FORMAT csv) writes it, UTF-8, no header, LF.
 * NULL is an empty unquoted value, the empty string is `""`. The columns, in order:
 *
 * | column    | what it holds |
 * |-----------|---------------|
 * | `op`      | `I` record came into being in this window, `U` it changed, `D` tombstone |
 * | `changed` | names of the fields that changed, joined by `|`; `*` = all (always for `I`, `D`, initial loads) |
 * | `base`    | reverse only: forward ordinals on which the changes were based, joined by `|`, one for each name in `changed` (one alone for `*`); NULL on forward |
 * | `actor`   | who changed it, as the application told; NULL if it did not |
 * | fields... | one column for each field of the definition, in its order, as text under WIRE_SETTINGS; for `D` only key fields are set |
 *
 * A field that the sender's store does not have is not in the registered definition (unsupported); a field that did not
 * change is not in `changed` (absent; its value is sent all the same where known); a cleared field is in `changed` and NULL.
 */
export const WIRE_META_COLUMNS = ['op', 'changed', 'base', 'actor'] as const;

/** Separator of names in `changed` and of ordinals in `base`. */
export const WIRE_LIST_SEPARATOR = '|';

/** `changed` of a row that is wholly new or gone. */
export const ALL_FIELDS = '*';

/** Names of the columns of a wire row, in order. */
export function wireColumns(definition: CollectionDefinition): readonly string[] {
  return [...WIRE_META_COLUMNS, ...definition.fields.map((f) => f.name)];
}

/**
 * Forms that rows can have on their way. `csv` is the one that every side takes. `binary` is PostgreSQL's COPY ... (FORMAT binary) of
 * the same columns, each as text: quicker to write and to read, for chunks of a load, where the receiver said at the registration that it
 * takes it.
 */
export const rowFormSchema = z.enum(['csv', 'binary']);
export type RowForm = z.infer<typeof rowFormSchema>;
