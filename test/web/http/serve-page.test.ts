import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NONCE_PLACEHOLDER } from '../../../web/http/page-nonce.ts';
import { addSecurityHeaders } from '../../../web/http/security-headers.ts';
import { servePage } from '../../../web/http/serve-page.ts';

let folder: string;
let app: FastifyInstance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-page-'));
  app = fastify();
  addSecurityHeaders(app);
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function serveBuilt(): Promise<void> {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta property="csp-nonce" nonce="${NONCE_PLACEHOLDER}"><script src="/assets/page-1a2b.js" nonce="${NONCE_PLACEHOLDER}"></script>`,
  );
  writeFileSync(join(folder, 'assets', 'page-1a2b.js'), 'export {}');
  await app.register(servePage, { folder });
}

const html = { accept: 'text/html' };

describe('the page', () => {
  it('has a policy with a nonce of its own for every request, and is never stored', async () => {
    await serveBuilt();
    const answers = [await app.inject({ url: '/', headers: html }), await app.inject({ url: '/contacts?page=2', headers: html })];
    const nonces = answers.map(({ headers, body, statusCode }) => {
      expect(statusCode).toBe(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      const policy = String(headers['content-security-policy']);
      const nonce = policy.match(/'nonce-([\w-]+)'/)?.[1] ?? '';
      expect(policy).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      );
      expect(body).not.toContain(NONCE_PLACEHOLDER);
      expect(body.split(nonce)).toHaveLength(3);
      return nonce;
    });
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('has assets for ever, and no others', async () => {
    await serveBuilt();
    const asset = await app.inject('/assets/page-1a2b.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['x-content-type-options']).toBe('nosniff');
    expect((await app.inject({ url: '/assets/page-old.js', headers: html })).statusCode).toBe(404);
    expect((await app.inject('/assets/../index.html')).statusCode).toBe(404);
    expect((await app.inject('/assets/%2e%2e/index.html')).statusCode).toBe(404);
  });

  it('answers paths only to who wants a page', async () => {
    await serveBuilt();
    expect((await app.inject({ url: '/contacts', headers: { accept: 'application/json' } })).json()).toMatchObject({ code: 'path-unknown' });
    expect((await app.inject({ method: 'POST', url: '/contacts', headers: html })).statusCode).toBe(404);
  });

  it('says that it is not built', async () => {
    await app.register(servePage, { folder });
    expect((await app.inject({ url: '/', headers: html })).json()).toMatchObject({ code: 'set-up-failed' });
  });
});
