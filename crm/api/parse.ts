import { z } from 'zod';

export { parsePart } from '../../web/http/parse-part.ts';

/** A parameter that can stand once or several times in a query. */
export function repeated<S extends z.ZodType<string, string>>(item: S, maxItems: number) {
  return z.preprocess((value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]), z.array(item).max(maxItems));
}

/** `{ id }` in a path: the number of a row. */
export const numberParamSchema = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** `{ id }` in a path. */
export const idParamSchema = z.object({ id: z.uuid() });
