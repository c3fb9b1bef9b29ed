import type { FastifyInstance } from 'fastify';
import type { Books } from '../../exchange/books.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';

/** What is known of a request's window or message: ids and numbers. */
export interface RequestIds {
  readonly link: LinkName;
  readonly collection: string;
  readonly ordinal?: number;
  readonly chunk?: number;
  readonly batchId?: string;
  readonly epoch?: number;
  readonly messageId?: string;
}

/** Told of what a producer does, for metrics, logs and traces. It is given names, numbers and ids only. */
export interface ProducerObserver {
  /** Adds hooks that see every request, before all others. */
  app(app: FastifyInstance): void;
  /** Called once the signature of a request's manifest or message was verified. */
  ids(ids: RequestIds): void;
  /** A forward window or chunk was applied; not called for one that had been applied before. */
  applied(window: { readonly link: LinkName; readonly collection: string }, books: Books): void;
  /** A request was answered with a problem. */
  refused(code: ErrorCode): void;
}
