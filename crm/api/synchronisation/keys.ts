import { z } from 'zod';
import { readExpiries } from '../../../adaptor/auth/expiry.ts';
import { revokeCertificate, revokeKey } from '../../../adaptor/auth/register.ts';
import { listTrusted } from '../../../adaptor/auth/trust-list.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** A key's id or a certificate's thumbprint: SHA-256 in base64url. */
export const idSchema = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'a key id or thumbprint') });
/** Why it is revoked. */
export const reasonSchema = z.strictObject({ reason: z.string().trim().min(3).max(500) });

/**
 * GET /api/keys: whom the CRM believes (keys and certificates, who added or revoked them and why) and what expires when, for
 * an integration-admin or auditor. POST /api/keys/:id/revoke {reason}: for good, from the next request on (204), by an integration-admin.
 */
export const keys: Endpoint = (app, { database: { pool }, certificateFiles = {} }) => {
  app.get('/keys', async (request) => {
    requireUser(request, 'audit');
    const [trusted, expiries] = await Promise.all([listTrusted(pool), readExpiries(pool, certificateFiles)]);
    return { trusted, expiries };
  });

  app.post('/keys/:id/revoke', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { id } = parsePart(idSchema, request.params);
    const act = { by, reason: parsePart(reasonSchema, request.body).reason };
    // Revoked before is as good as revoked now: two administrators may mean the same.
    const revoked = (await revokeKey(pool, id, act)) || (await revokeCertificate(pool, id, act)) || (await listTrusted(pool)).some((one) => one.id === id);
    if (!revoked) throw new TidegateError('record-not-found', 'No key or certificate has this id.', { id });
    return reply.code(204).send();
  });
};
