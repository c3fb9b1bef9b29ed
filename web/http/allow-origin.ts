import type { FastifyInstance } from 'fastify';

/** How long a browser remembers what it may ask, in seconds. */
const PREFLIGHT_SECONDS = 600;

/**
 * Lets the pages of one other origin ask by POST with their user's cookies and read the answers (CORS, Fetch standard 3.2);
 * browsers ask first whether they may, which is answered on each path. Goes before the guard: a refusal can be read there too.
 */
export function allowOrigin(app: FastifyInstance, origin: string, paths: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin');
    if (request.headers.origin === origin) reply.headers({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
  });
  for (const path of paths)
    app.options(path, async (request, reply) => {
      if (request.headers.origin === origin)
        reply.headers({
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': request.headers['access-control-request-headers'] ?? 'content-type',
          'access-control-max-age': String(PREFLIGHT_SECONDS),
        });
      return reply.code(204).send();
    });
}
