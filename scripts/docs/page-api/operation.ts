import type { z } from 'zod';
import type { ErrorCode } from '../../../exchange/errors.ts';

/** What OpenAPI tells of one route of a page's API, beyond its path and its answer's type. */
export interface PageOperation {
  readonly id: string;
  readonly summary: string;
  /** What the user has to be allowed; `any`: to be signed in; absent: nothing. */
  readonly permission?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** A body may be left out. */
  readonly bodyOptional?: true;
  /** Status where it does what was asked; default 200, or 204 where nothing is answered. */
  readonly status?: number;
  /** Media type of an answer that is no JSON. */
  readonly mediaType?: string;
  /** Codes of refusals beside those that many operations share. */
  readonly codes?: readonly ErrorCode[];
}

/** Operations by method and path. */
export type PageOperations = Readonly<Record<string, PageOperation>>;
