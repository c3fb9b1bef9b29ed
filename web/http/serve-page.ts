import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';
import { sendProblem } from './problems.ts';
import { NONCE_PLACEHOLDER } from './page-nonce.ts';
import { pagePolicy } from './security-headers.ts';

/**
 * Serves the built page: `assets/` for ever, since their names hold their hash, and `index.html` for every other path,
 * never stored and with a nonce of its own. Throws nothing where the page is not built: the API works without it.
 */
export async function servePage(app: FastifyInstance, { folder }: { readonly folder: string }): Promise<void> {
  if (existsSync(join(folder, 'assets'))) {
    await app.register(fastifyStatic, { root: join(folder, 'assets'), prefix: '/assets/', immutable: true, maxAge: '365d', index: false });
  }
  const index = join(folder, 'index.html');
  const template = existsSync(index) ? readFileSync(index, 'utf8') : undefined;

  const sendIndex = (reply: FastifyReply): FastifyReply => {
    if (template === undefined) return sendProblem(reply, new TidegateError('set-up-failed', 'The page is not built: run npm run setup.'));
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .headers({ 'content-security-policy': pagePolicy(nonce), 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(template.replaceAll(NONCE_PLACEHOLDER, nonce));
  };

  app.get('/', async (_request, reply) => sendIndex(reply));
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && !request.url.startsWith('/assets/') && (request.headers.accept ?? '').includes('text/html');
    return isPage ? sendIndex(reply) : sendProblem(reply, new TidegateError('path-unknown'));
  });
}
