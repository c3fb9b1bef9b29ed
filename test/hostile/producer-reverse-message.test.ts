import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueAccessToken } from '../../adaptor/auth/access-token.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { registerKey } from '../../adaptor/auth/register.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { applyEdits } from '../../cloud/service-manager/apply-edits.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { PATHS, TYP } from '../../exchange/protocol.ts';
import { CONTACTS } from '../cloud/service-manager/service-manager-fixture.ts';
import { encode, headerOf, partsOf, signAnything, signUnencoded, signWithPublicKey } from '../adaptor/auth/forge.ts';
import { reverseOrder } from '../adaptor/auth/sample-link.ts';
import { startWithEditedContact } from '../support/edited-contact.ts';
import { auditedCodes, expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { TestCrm } from '../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

let producer: TestProducer;
let crm: TestCrm;
let token: string;
let before: string;
const path = PATHS.reverse('acme/test/hub', 'contacts');
const ada = randomUUID();

beforeAll(async () => {
  ({ producer, crm, token } = await startWithEditedContact(ada));
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

const order = async (message: string) => send(producer, await signedRequest(producer, 'POST', path, message, { accessToken: token }));

/** Refused with the code, audited, and nothing changed: no window was made, no message bound, nothing left. */
async function expectMessageRefused(message: string, code: ErrorCode): Promise<void> {
  const answer = await order(message);
  expectRefused(
    answer,
    code,
    ['confidential', message].filter((text) => text !== ''),
  );
  expect((await auditedCodes(producer.admin)).at(-1)).toBe(code);
  expect(await storeState(producer.admin)).toBe(before);
}

describe('a reverse message', () => {
  it('is needed: without one nothing leaves', async () => {
    await expectMessageRefused('', 'message-missing');
    await expectMessageRefused('not a message', 'invalid-token');
    await expectMessageRefused('{"orders":[{"collection":"contacts"}]}', 'invalid-token');
  });

  it('is refused unsigned, with alg none, with an HMAC of the public key, or with other header tricks', async () => {
    const good = await crm.message([{}]);
    const { header, payload, signature } = partsOf(good);
    const claims = Buffer.from(payload, 'base64url').toString();
    const own = headerOf(good);
    const forged = [
      `${header}.${payload}.`,
      `${encode(JSON.stringify({ ...own, alg: 'none' }))}.${payload}.`,
      `${encode(JSON.stringify({ ...own, alg: 'none' }))}.${payload}.${signature}`,
      signWithPublicKey(producer.crmKey, own, claims),
      await signUnencoded(producer.crmKey, own, claims),
      await signAnything(producer.crmKey, { ...own, jwk: producer.crmKey.publicJwk }, claims),
      await signAnything(producer.crmKey, { ...own, jku: 'https://evil.example/keys' }, claims),
      await signAnything(producer.crmKey, { ...own, crit: ['x'], x: 1 }, claims),
      await signAnything(producer.crmKey, { alg: 'EdDSA', typ: TYP.reverseMessage }, claims),
    ];
    for (const message of forged) await expectMessageRefused(message, 'invalid-token');
  });

  it('is refused signed by the cloud, by another CRM, or by a key that is not registered', async () => {
    const body = { ...reverseOrder(producer.link) };
    const claims = partsOf(await crm.message([{}])).payload;
    const asCloud = await issue({ ...producer.cloudKey, party: producer.crmKey.party }, 'reverseMessage', body);
    await expectMessageRefused(asCloud, 'issuer-not-crm');
    const { key: otherCrm } = await producer.registerParty({ ...producer.link, tenant: 'globex' });
    before = await storeState(producer.admin);
    const asOther = await issue({ ...otherCrm, party: producer.crmKey.party }, 'reverseMessage', body);
    await expectMessageRefused(asOther, 'issuer-not-crm');
    await expectMessageRefused(await issue(await generateSigningKey(producer.crmKey.party), 'reverseMessage', body), 'key-unknown');
    await expectMessageRefused(
      await signAnything(producer.cloudKey, { alg: 'EdDSA', typ: TYP.reverseMessage, kid: producer.crmKey.kid }, Buffer.from(claims, 'base64url')),
      'invalid-token',
    );
  });

  it('is refused altered: widened fields, budget, time', async () => {
    const good = await crm.message([{ fields: ['note'] }]);
    const { header, payload, signature } = partsOf(good);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { orders: Record<string, unknown>[]; exp: number };
    const [first] = claims.orders;
    for (const altered of [
      { ...claims, orders: [{ ...first, fields: ['note', 'company'] }] },
      { ...claims, orders: [{ ...first, deleteBudget: 1_000_000 }] },
      { ...claims, exp: claims.exp + 600 },
    ])
      await expectMessageRefused(`${header}.${encode(JSON.stringify(altered))}.${signature}`, 'invalid-token');
  });

  it('is refused expired, from the future, or valid for too long', async () => {
    await expectMessageRefused(await crm.message([{}], {}, { nowMs: Date.now() - 3_600_000 }), 'message-expired');
    await expectMessageRefused(await crm.message([{}], {}, { nowMs: Date.now() + 3_600_000 }), 'message-expired');
    await expectMessageRefused(await crm.message([{}], {}, { lifetimeSeconds: 100 * 365 * 86_400 }), 'invalid-token');
  });

  it('is refused for another link, tenant or environment', async () => {
    for (const changed of [{ link: 'other' }, { tenant: 'globex' }, { environment: 'production' }]) {
      const link = { ...producer.link, ...changed };
      const { key } = await producer.registerParty(link);
      before = await storeState(producer.admin);
      await expectMessageRefused(await issue(key, 'reverseMessage', reverseOrder(link)), 'link-mismatch');
      // Addressed to this cloud by another link's CRM: not our CRM.
      await expectMessageRefused(await issue(key, 'reverseMessage', reverseOrder(link), { audience: producer.cloudKey.party }), 'issuer-not-crm');
    }
  });

  it('is refused with the type of something else that is validly signed', async () => {
    const { payload } = partsOf(await crm.message([{}]));
    for (const typ of Object.values(TYP).filter((one) => one !== TYP.reverseMessage))
      await expectMessageRefused(
        await signAnything(producer.crmKey, { alg: 'EdDSA', typ, kid: producer.crmKey.kid }, Buffer.from(payload, 'base64url')),
        'invalid-token',
      );
    const thumbprint = certificateFacts(producer.crmTls.certificate).thumbprint;
    const { accessToken } = await issueAccessToken(producer.cloudKey, {
      client: producer.crmKey.party,
      thumbprint,
      operations: ['reverse'],
      collections: ['contacts'],
    });
    await expectMessageRefused(accessToken, 'invalid-token');
    // ... and a message is no access token.
    const message = await crm.message([{}]);
    const asToken = await signedRequest(producer, 'POST', path, message, { accessToken: message });
    expectRefused(await send(producer, asToken), 'invalid-token');
  });

  it('is refused for a collection that it does not order', async () => {
    await expectMessageRefused(await crm.message([{ collection: 'tasks', fields: ['subject'] }]), 'scope-denied');
  });

  it('is refused by a key that was revoked meanwhile', async () => {
    const second = await generateSigningKey(producer.crmKey.party);
    const hour = 3_600_000;
    await registerKey(producer.admin, { party: second.party, publicJwk: second.publicJwk, notBeforeMs: Date.now() - hour, notAfterMs: Date.now() + hour });
    await producer.admin.query(`update tidegate.trusted_key set state = 'revoked' where kid = $1`, [second.kid]);
    before = await storeState(producer.admin);
    await expectMessageRefused(await issue(second, 'reverseMessage', reverseOrder(producer.link)), 'key-unknown');
  });

  it('is refused with its id and another content, whichever comes first', async () => {
    await using fresh = await startTestProducer();
    const own = new TestCrm(fresh);
    await own.open();
    await own.register(CONTACTS);
    await own.load(CONTACTS);
    const id = randomUUID();
    const [first, second] = [await own.message([{ fields: ['note'] }], {}, { id }), await own.message([{ fields: ['note', 'givenName'] }], {}, { id })];
    expect(await own.fetch(first)).toBeUndefined();
    const state = await storeState(fresh.admin);
    await expect(own.fetch(second)).rejects.toMatchObject({ code: 'replayed-different' });
    expect(await storeState(fresh.admin)).toBe(state);
  });

  it('gets one window through of 100 copies of its request, and the order is not lost', async () => {
    await using fresh = await startTestProducer();
    const own = new TestCrm(fresh);
    await own.open();
    await own.register(CONTACTS);
    await own.load(CONTACTS, [{ op: 'I', values: [ada, 'Ada', null, null, null] }]);
    await applyEdits(fresh.employees, { tenant: 'acme', actor: 'eva', edits: [{ collection: 'contacts', key: { id: ada }, set: { note: 'once' } }] });
    const message = await own.message([{}]);
    const signed = await signedRequest(fresh, 'POST', path, message);
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(fresh, signed)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(99);
    expect((await fresh.admin.query(`select count(*)::int as n from tidegate."window" where direction = 'reverse'`)).rows).toEqual([{ n: 1 }]);
    const fetched = await own.fetch(message);
    await own.receipt(fetched!.manifest);
    // Spent: also a fresh proof brings nothing any more.
    await expect(own.fetch(message)).rejects.toBeInstanceOf(TidegateError);
    const accessToken = await fetchToken(fresh);
    const proof = await createProof(fresh.crmKey, { method: 'POST', path, accessToken, body: message });
    expectRefused(await send(fresh, await signedRequest(fresh, 'POST', path, message, { accessToken, proof })), 'replayed');
  });
});
