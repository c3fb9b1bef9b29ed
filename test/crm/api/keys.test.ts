import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerCertificate, registerKey } from '../../../adaptor/auth/register.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { createTestAuthority } from '../../support/test-pki.ts';
import { type Requests, type TestCrm, TEST_LINK, startTestCrm } from '../test-crm.ts';

const DAY_MS = 86_400_000;
const THUMBPRINT = 'p'.repeat(43);
const reason = 'the laptop was stolen';
let crm: TestCrm;
let uwe: Requests;
let ada: Requests;
let aud: Requests;
let folder: string;
let kid: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-keys-'));
  const file = join(folder, 'certificate.pem');
  writeFileSync(file, (await (await createTestAuthority()).client()).certificate);
  crm = await startTestCrm({ certificateFiles: { certificate: file, authority: join(folder, 'missing.pem') } });
  [uwe, ada, aud] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example'), crm.signIn('aud@crm.example')]);
  const key = await generateSigningKey(`crm:${TEST_LINK}`);
  const times = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + 6.5 * DAY_MS };
  kid = await registerKey(crm.admin, { party: key.party, publicJwk: key.publicJwk, ...times }, { by: 'ops', reason: 'first exchange' });
  await registerCertificate(crm.admin, { thumbprint: THUMBPRINT, party: 'cloud:acme/test', subject: 'CN=producer', notAfterMs: Date.now() + 400 * DAY_MS });
});
afterAll(async () => {
  await crm[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('who is believed', () => {
  it('is told to an administrator and an auditor, with what expires, and to nobody else', async () => {
    for (const who of [ada, aud]) {
      const answer = await who('GET', '/api/keys');
      expect(answer.json()).toMatchObject({
        trusted: [
          { kind: 'certificate', id: THUMBPRINT, party: 'cloud:acme/test', state: 'active' },
          { kind: 'key', id: kid, party: `crm:${TEST_LINK}`, state: 'active', addedBy: 'ops', addedReason: 'first exchange', revokedBy: null },
        ],
        expiries: [
          { what: 'certificate', party: null, days: 0, warning: 1 },
          { what: 'registered certificate', party: 'cloud:acme/test', warning: null },
          { what: 'signing key', party: `crm:${TEST_LINK}`, days: 6, warning: 7 },
        ],
      });
      expect(answer.body).not.toContain('"jwk"');
    }
    expect((await uwe('GET', '/api/keys')).statusCode).toBe(403);
    expect((await crm.app.inject({ method: 'GET', url: '/api/keys' })).statusCode).toBe(401);
  });

  it('is revoked by an administrator alone, with a reason, and the log says who and why', async () => {
    for (const who of [uwe, aud]) expect((await who('POST', `/api/keys/${kid}/revoke`, { reason })).statusCode).toBe(403);
    expect((await ada('POST', `/api/keys/${kid}/revoke`, { reason: ' ' })).statusCode).toBe(400);
    expect((await ada('POST', `/api/keys/${'x'.repeat(43)}/revoke`, { reason })).statusCode).toBe(404);
    expect((await ada('POST', `/api/keys/a;b/revoke`, { reason })).statusCode).toBe(400);
    for (const id of [kid, THUMBPRINT, kid]) expect((await ada('POST', `/api/keys/${id}/revoke`, { reason })).statusCode).toBe(204);
    const { trusted } = (await aud('GET', '/api/keys')).json<{ trusted: unknown[] }>();
    expect(trusted).toMatchObject([
      { id: THUMBPRINT, state: 'revoked', revokedBy: 'ada@crm.example', revokedReason: reason },
      { id: kid, state: 'revoked', revokedBy: 'ada@crm.example' },
    ]);
    const { rows } = await crm.admin.query(
      `select event, subject, facts ->> 'by' as by, facts ->> 'role' as role, facts ->> 'reason' as reason from tidegate.audit_event where event like '%-revoked' order by id`,
    );
    const told = { by: 'ada@crm.example', role: 'crm_page', reason };
    expect(rows).toEqual([
      { event: 'key-revoked', subject: kid, ...told },
      { event: 'certificate-revoked', subject: THUMBPRINT, ...told },
    ]);
  });
});
