import type { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';

/** A part of a request, checked. Throws `bad-request` with every fault in `facts.faults`, without the values. */
export function parsePart<S extends z.ZodType>(schema: S, part: unknown): z.output<S> {
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(all)'}: ${message}`);
  throw new TidegateError('bad-request', `${faults.join('; ')}.`, { faults });
}
