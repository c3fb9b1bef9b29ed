import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { payloadDigest, readMessageClaims, readReleaseClaims } from '../../activities/auth/message-claims.ts';
import { type LinkSetup, collectionOf, linkOf } from '../../activities/link-setup.ts';
import { checkCertificate } from '../../activities/transport/check-certificate.ts';
import { obtainToken } from '../../activities/transport/obtain-token.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { reverseOrder, sampleKeys } from '../adaptor/auth/sample-link.ts';
import { codeOf } from '../support/code-of.ts';
import { createTestAuthority } from '../support/test-pki.ts';

const NAME = 'acme/test/hub';
const HOUR_MS = 3_600_000;
const setupOf = (parts: object): ReadonlyMap<string, LinkSetup> =>
  new Map([[NAME, { name: NAME, collections: [{ source: { name: 'contacts' } }, { source: { name: 'tasks' } }], ...parts } as unknown as LinkSetup]]);

describe('a link of this worker', () => {
  it('is found by its whole name; another one is refused, by name', () => {
    const links = setupOf({});
    expect(linkOf({ links }, NAME).name).toBe(NAME);
    for (const wrong of ['', 'hub', 'acme/test/hub/', 'acme/test/other'])
      expect(() => linkOf({ links }, wrong)).toThrow(expect.objectContaining({ code: 'link-mismatch', facts: { link: wrong } }));
  });

  it('has the collections that are configured, and no others', () => {
    const link = linkOf({ links: setupOf({}) }, NAME);
    expect(collectionOf(link, 'tasks').source.name).toBe('tasks');
    expect(() => collectionOf(link, 'leads')).toThrow(expect.objectContaining({ code: 'collection-unknown', facts: { link: NAME, collection: 'leads' } }));
  });
});

describe('what was signed, read again', () => {
  it('is known by the digest of its payload, which no other text has', async () => {
    const keys = await sampleKeys();
    const one = await issue(keys.crm, 'reverseMessage', reverseOrder());
    const other = await issue(keys.crm, 'reverseMessage', { ...reverseOrder(), cause: 'period' });
    const payload = Buffer.from(one.split('.')[1] ?? '', 'base64url');
    expect(payloadDigest(one)).toBe(createHash('sha256').update(payload).digest('base64url'));
    expect(payloadDigest(other)).not.toBe(payloadDigest(one));
    expect(readMessageClaims(one).orders).toEqual(reverseOrder().orders);
  });

  it('is not taken for another kind: a message is no release', async () => {
    const message = await issue((await sampleKeys()).crm, 'reverseMessage', reverseOrder());
    expect(() => readReleaseClaims(message)).toThrow();
  });
});

describe('the certificate of this side', () => {
  const check = async (times: { notBeforeMs?: number; notAfterMs?: number }, health: () => Promise<unknown> = async () => ({})) => {
    const { certificate } = await (await createTestAuthority()).client(times);
    let asked = 0;
    const links = setupOf({
      readCertificate: async () => certificate,
      producer: {
        health: () => {
          asked += 1;
          return health();
        },
      },
    });
    const checked = checkCertificate({ links }, { link: NAME });
    return { facts: certificateFacts(certificate), code: await codeOf(checked), asked, checked: await checked.catch((error: unknown) => error) };
  };

  it('is named with its end, once the producer took it', async () => {
    const { facts, checked, asked } = await check({});
    expect(checked).toEqual({ thumbprint: facts.thumbprint, subject: facts.subject, expiresAt: new Date(facts.notAfterMs).toISOString() });
    expect(asked).toBe(1);
  });

  it.each<[string, { notBeforeMs?: number; notAfterMs?: number }]>([
    ['over', { notBeforeMs: Date.now() - 2 * HOUR_MS, notAfterMs: Date.now() - 5000 }],
    ['not begun', { notBeforeMs: Date.now() + HOUR_MS, notAfterMs: Date.now() + 2 * HOUR_MS }],
  ])('is not shown to anybody where its time is %s: the operator reads which and until when', async (_what, times) => {
    const { facts, code, asked, checked } = await check(times);
    expect([code, asked]).toEqual(['certificate-expired', 0]);
    expect(checked).toMatchObject({ facts: { thumbprint: facts.thumbprint, expiresAt: new Date(facts.notAfterMs).toISOString() } });
  });
});

describe('the token of a session', () => {
  it('is asked for all collections of the link, and told by reference: its text is in no history', async () => {
    const asked: unknown[] = [];
    const requestToken = async (request: unknown) => {
      asked.push(request);
      return { token: 'secret', expiresAt: new Date(Date.UTC(2026, 0, 1)) };
    };
    const reference = await obtainToken({ links: setupOf({ producer: { requestToken } }) }, { link: NAME, operations: ['reverse'] });
    expect(asked).toEqual([{ operations: ['reverse'], collections: ['contacts', 'tasks'] }]);
    expect(reference).toEqual({ tokenId: expect.any(String), expiresAt: '2026-01-01T00:00:00.000Z' });
    expect(JSON.stringify(reference)).not.toContain('secret');
  });
});
