import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { nameSchema } from '../../exchange/names.ts';

/** Routes of exchange/protocol.ts (`PATHS`) with parameters. */
export const LINK_PATH = '/v1/links/:tenant/:environment/:link';

/** Everything about one collection of a link. */
export const COLLECTION_PATH = `${LINK_PATH}/collections/:collection`;

/** A forward window. */
export const WINDOW_PATH = `${COLLECTION_PATH}/forward/:ordinal`;

const placeSchema = z.object({ collection: nameSchema });
const ordinal = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'a number')
  .transform(Number);
const chunk = z
  .string()
  .regex(/^(0|[1-9]\d{0,8})$/, 'a number')
  .transform(Number);

/** Which collection a request is about. Throws a ZodError (bad-request). */
export function placeOf(request: FastifyRequest): { readonly collection: string } {
  return placeSchema.parse(request.params);
}

/** Which window a request is about. Throws a ZodError (bad-request). */
export function windowPlaceOf(request: FastifyRequest): { readonly collection: string; readonly ordinal: number } {
  return placeSchema.extend({ ordinal }).parse(request.params);
}

/** Which chunk a request is about. Throws a ZodError (bad-request). */
export function chunkPlaceOf(request: FastifyRequest): { readonly collection: string; readonly ordinal: number; readonly chunk: number } {
  return placeSchema.extend({ ordinal, chunk }).parse(request.params);
}
