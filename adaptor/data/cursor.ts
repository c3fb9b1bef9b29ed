import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { incarnationSchema } from '../../exchange/incarnation.ts';

/** A snapshot that sees nothing: the cursor of a channel before its first window. */
export const EMPTY_SNAPSHOT = '1:1:';

/** What a cursor holds (rule 12). */
const cursorContentSchema = z.strictObject({ incarnation: incarnationSchema, snapshot: z.string().regex(/^\d+:\d+:(\d+(,\d+)*)?$/) });

/** A position in a store's changes: everything that `snapshot` (text of a `pg_snapshot`) sees, in that life of the store. */
export type Cursor = z.infer<typeof cursorContentSchema>;

/** The opaque text of a cursor: base64url of JSON. */
export function encodeCursor({ incarnation, snapshot }: Cursor): string {
  const { storeId, systemId, timeline, databaseId } = incarnation;
  return Buffer.from(JSON.stringify({ incarnation: { storeId, systemId, timeline, databaseId }, snapshot })).toString('base64url');
}

/** Reads a cursor that this store made. Throws `cursor-invalid` for any other text. */
export function decodeCursor(text: string): Cursor {
  try {
    return cursorContentSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new TidegateError('cursor-invalid', 'It is not a cursor.');
  }
}
