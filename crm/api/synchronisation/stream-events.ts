import { findSession } from '../../users/session.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { ChangeWatch } from '../../status/change-watch.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { sessionCookie } from '../session-cookie.ts';

/** Greatest number of pages that are told of changes at a time. */
const MAX_STREAMS = 200;

/** How often a stream shows that it lives and the session is looked at again, in milliseconds. */
const BEAT_MS = 15_000;

/**
 * GET /api/events: server-sent events (HTML standard, 9.2). `changed` says which topics (`records`, `status`) to read
 * again; no content travels here. Ends with the session. Errors: `not-signed-in`, `too-many-attempts`.
 */
export const streamEvents: Endpoint = (app, { database, links, origin }) => {
  const watch = new ChangeWatch(
    database.control,
    links.map((link) => link.name),
  );
  const ends = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of ends) end();
  });

  app.get('/events', async (request, reply) => {
    requireUser(request, 'read');
    if (watch.size >= MAX_STREAMS) throw new TidegateError('too-many-attempts', 'Too many pages listen.');
    const secret = sessionCookie(origin).read(request) ?? '';
    const stream = reply.raw;
    const endIfOver = async (): Promise<void> => {
      if ((await findSession(database.crm, secret)) === undefined) end();
    };
    // Told only to who may know: a user who is shut out meanwhile hears no more.
    const stop = await watch.listen((topics) => {
      endIfOver().then(
        () => stream.writableEnded || stream.write(`event: changed\ndata: ${JSON.stringify({ topics })}\n\n`),
        () => undefined,
      );
    });
    // Gone while the first look was made: nobody would ever end this.
    if (stream.destroyed) return stop();
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) stream.setHeader(name, value);
    stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    stream.write('retry: 2000\n\nevent: open\ndata: {}\n\n');
    const beat = setInterval(() => {
      stream.write(': alive\n\n');
      endIfOver().catch(() => undefined);
    }, BEAT_MS);
    const end = (): void => {
      stop();
      clearInterval(beat);
      ends.delete(end);
      stream.end();
    };
    ends.add(end);
    stream.once('close', end);
  });
};
