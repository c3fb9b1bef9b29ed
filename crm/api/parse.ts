import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';

/** A part of a request, checked. Throws `bad-request` with every fault in `facts.faults`, without the values. */
export function parsePart<S extends z.ZodType>(schema: S, part: unknown): z.output<S> {
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(all)'}: ${message}`);
  throw new TidegateError('bad-request', `${faults.join('; ')}.`, { faults });
}

/** A parameter that can stand once or several times in a query. */
export function repeated<S extends z.ZodType<string, string>>(item: S, maxItems: number) {
  return z.preprocess((value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]), z.array(item).max(maxItems));
}

/** `{ id }` in a path: the number of a row. */
export const numberParamSchema = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** `{ id }` in a path. */
export const idParamSchema = z.object({ id: z.uuid() });
