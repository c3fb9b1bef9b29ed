import cookie from '@fastify/cookie';
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { addSecurityHeaders } from './security-headers.ts';

/** Greatest body of a request in bytes: a record with a long note. */
const MAX_BODY_BYTES = 1 << 20;

/** What an application with a page is told from outside. */
export interface PageAppOptions {
  readonly logger?: FastifyBaseLogger;
  /** Adds hooks that see every request, before all others. */
  readonly observe?: (app: FastifyInstance) => void;
}

/** The beginning of an application that serves a page and its API: JSON and cookies only, the headers of every answer, no log of requests. */
export async function createPageApp({ logger, observe }: PageAppOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    // Paths and hosts of requests are of no use in the log, and queries hold what users search for.
    logController: new LogController({ disableRequestLogging: true }),
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
  });
  observe?.(app);
  await app.register(cookie);
  // Browsers send text/plain across sites without asking: JSON only.
  app.removeContentTypeParser('text/plain');
  addSecurityHeaders(app);
  return app;
}
