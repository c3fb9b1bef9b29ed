import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BodyOf } from '../../adaptor/auth/claims-of.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import type { ReverseOrder } from '../../exchange/claims.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import { PATHS, TYP } from '../../exchange/protocol.ts';
import { encode, headerOf, partsOf, signAnything, signWithPublicKey } from '../adaptor/auth/forge.ts';
import { startWithEditedContact } from '../support/edited-contact.ts';
import { auditedCodes, expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import type { TestCrm } from '../support/test-crm.ts';
import type { TestProducer } from '../support/test-producer.ts';

/* Questions for a preview as they must not be answered. Answered or refused, nothing changes at the cloud. */

let producer: TestProducer;
let crm: TestCrm;
let token: string;
let before: string;
const ada = randomUUID();
const path = PATHS.preview('acme/test/hub', 'contacts');

beforeAll(async () => {
  ({ producer, crm, token } = await startWithEditedContact(ada));
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

const ORDER: ReverseOrder = {
  collection: 'contacts',
  fields: ['givenName', 'note'],
  operations: ['I', 'U', 'D'],
  afterOrdinal: 0,
  cursor: null,
  maxRows: 100,
  maxWindows: 10,
  deleteBudget: 10,
};
const body = (changed: Partial<BodyOf<'preview'>> = {}): BodyOf<'preview'> => ({
  ...producer.link,
  epoch: crm.epoch,
  generation: crm.generation,
  orders: [ORDER],
  ...changed,
});
const question = (changed: Partial<BodyOf<'preview'>> = {}, options: Parameters<typeof issue>[3] = {}) =>
  issue(producer.crmKey, 'preview', body(changed), options);
const ask = async (jws: string, at = path, accessToken = token) => send(producer, await signedRequest(producer, 'POST', at, jws, { accessToken }));

/** Refused with the code, audited, nothing shown and nothing changed. */
async function expectNothingShown(jws: string, code: ErrorCode, at = path): Promise<void> {
  expectRefused(
    await ask(jws, at),
    code,
    ['confidential', jws].filter((text) => text !== ''),
  );
  expect((await auditedCodes(producer.admin)).at(-1)).toBe(code);
  expect(await storeState(producer.admin)).toBe(before);
}

describe('a preview', () => {
  it('is shown to the CRM that signed the question, as often as it asks, and binds nothing', async () => {
    for (const _ of [1, 2]) {
      const answer = await ask(await question());
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toContain('confidential');
    }
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused without a question, and for one that is altered or not signed by the CRM', async () => {
    const good = await question();
    const { header, payload, signature } = partsOf(good);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number; orders: object[] };
    const own = headerOf(good);
    await expectNothingShown('', 'invalid-token');
    await expectNothingShown('{"orders":[{"collection":"contacts"}]}', 'invalid-token');
    await expectNothingShown(`${header}.${payload}.`, 'invalid-token');
    await expectNothingShown(`${encode(JSON.stringify({ ...own, alg: 'none' }))}.${payload}.${signature}`, 'invalid-token');
    await expectNothingShown(signWithPublicKey(producer.crmKey, own, JSON.stringify(claims)), 'invalid-token');
    for (const altered of [
      { ...claims, exp: claims.exp + 60 },
      { ...claims, orders: [{ ...ORDER, fields: ['givenName', 'familyName', 'company', 'note'] }] },
    ])
      await expectNothingShown(`${header}.${encode(JSON.stringify(altered))}.${signature}`, 'invalid-token');
    await expectNothingShown(await issue({ ...producer.cloudKey, party: producer.crmKey.party }, 'preview', body()), 'issuer-not-crm');
    await expectNothingShown(await issue(await generateSigningKey(producer.crmKey.party), 'preview', body()), 'key-unknown');
    const { key: other } = await producer.registerParty({ ...producer.link, tenant: 'globex' });
    before = await storeState(producer.admin);
    await expectNothingShown(await issue({ ...other, party: producer.crmKey.party }, 'preview', body()), 'issuer-not-crm');
    await expectNothingShown(await issue(other, 'preview', { ...body(), tenant: 'globex' }), 'link-mismatch');
  });

  it('is refused expired, from the future, or valid for too long', async () => {
    await expectNothingShown(await question({}, { nowMs: Date.now() - 3_600_000 }), 'message-expired');
    await expectNothingShown(await question({}, { nowMs: Date.now() + 3_600_000 }), 'message-expired');
    await expectNothingShown(await question({}, { lifetimeSeconds: 86_400 }), 'invalid-token');
  });

  it('is not to be had by an order, nor an order by a question for a preview', async () => {
    await expectNothingShown(await crm.message([{}]), 'invalid-token');
    await expectNothingShown(await question(), 'invalid-token', PATHS.reverse('acme/test/hub', 'contacts'));
    const { payload } = partsOf(await question());
    for (const typ of Object.values(TYP).filter((one) => one !== TYP.preview))
      await expectNothingShown(
        await signAnything(producer.crmKey, { alg: 'EdDSA', typ, kid: producer.crmKey.kid }, Buffer.from(payload, 'base64url')),
        'invalid-token',
      );
  });

  it('shows nothing beyond what the question and the token name', async () => {
    await expectNothingShown(await question({ orders: [{ ...ORDER, collection: 'tasks', fields: ['subject'] }] }), 'scope-denied');
    expect(await ask(await question({ orders: [{ ...ORDER, fields: ['unheard'] }] }))).toMatchObject({ status: 204, body: '' });
    const narrow = await fetchToken(producer, { scope: 'open register forward collection:contacts' });
    expectRefused(await ask(await question(), path, narrow), 'scope-denied', ['confidential']);
    const elsewhere = await fetchToken(producer, { scope: 'reverse collection:tasks' });
    expectRefused(await ask(await question(), path, elsewhere), 'scope-denied', ['confidential']);
    expect(await storeState(producer.admin)).toBe(before);
    const answer = await ask(await question({ orders: [{ ...ORDER, fields: ['givenName'] }] }));
    expect(answer.body).not.toContain('confidential');
  });

  it('is refused for another generation, and on a link that is stopped', async () => {
    await expectNothingShown(await question({ generation: crm.generation + 1 }), 'epoch-stale');
    await producer.admin.query(`update tidegate.link set state = 'stopped'`);
    before = await storeState(producer.admin);
    await expectNothingShown(await question(), 'link-stopped');
    await producer.admin.query(`update tidegate.link set state = 'open'`);
  });

  it('cannot be replayed: the proof of its request is used up', async () => {
    const request = await signedRequest(producer, 'POST', path, await question(), { accessToken: token });
    expect((await send(producer, request)).status).toBe(200);
    expectRefused(await send(producer, request), 'replayed', ['confidential']);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused without a certificate, whatever else is right', async () => {
    const request = await signedRequest(producer, 'POST', path, await question(), { accessToken: token });
    await expect(send(producer, { ...request, tls: null })).rejects.toThrow();
    expect(await storeState(producer.admin)).toBe(before);
  });
});
