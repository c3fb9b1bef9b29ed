import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { postgresKeyRegistry } from '../../adaptor/auth/key-registry.ts';
import type { BodyOf } from '../../adaptor/auth/claims-of.ts';
import { definitionHash } from '../../adaptor/data/plan.ts';
import { PATHS } from '../../exchange/protocol.ts';
import type { ReconciliationAsk } from '../../exchange/reconciliation.ts';
import { TestCrm } from '../support/test-crm.ts';
import { expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';
import { CONTACTS } from '../cloud/service-manager/service-manager-fixture.ts';

/* Questions of a reconciliation as they must not be answered. What is refused changes nothing but the audit log. */

let producer: TestProducer;
let before: string;
const ada = randomUUID();
const path = PATHS.reconciliation('acme/test/hub', 'contacts');
const SCOPE = 'reconcile collection:contacts';

beforeAll(async () => {
  producer = await startTestProducer();
  const crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [{ op: 'I', values: [ada, 'Ada', 'Lovelace', 'Acme', 'confidential'] }]);
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  before = await storeState(producer.admin);
});

const body = (ask: ReconciliationAsk, changed: Partial<BodyOf<'reconciliation'>> = {}): BodyOf<'reconciliation'> => ({
  ...producer.link,
  collection: 'contacts',
  generation: 1,
  schemaHash: definitionHash(CONTACTS),
  ask,
  ...changed,
});
const question = (ask: ReconciliationAsk, changed: Partial<BodyOf<'reconciliation'>> = {}) => issue(producer.crmKey, 'reconciliation', body(ask, changed));
const ask = async (jws: string, scope = SCOPE) => send(producer, await signedRequest(producer, 'POST', path, jws, { scope }));
const NEGOTIATE = { step: 'negotiate' } as const;
const SUMS = { step: 'sums', hash: 'sha256', fields: ['note'], depth: 0, parents: [0] } as const satisfies ReconciliationAsk;

async function expectNothingDone(answer: Awaited<ReturnType<typeof ask>>, code: Parameters<typeof expectRefused>[1]): Promise<void> {
  expectRefused(answer, code, ['confidential', 'lovelace']);
  expect(await storeState(producer.admin)).toBe(before);
}

describe('a question of a reconciliation', () => {
  it('is answered by the cloud’s signature, bound to the question, with hashes and keys and no value', async () => {
    const answers: string[] = [];
    const asked: ReconciliationAsk[] = [
      NEGOTIATE,
      { step: 'sums', hash: 'sha256', fields: ['note', 'givenName'], depth: 0, parents: [0] },
      { step: 'list', hash: 'sha256', fields: ['note'], depth: 1, buckets: Array.from({ length: 256 }, (_, i) => i) },
      { step: 'states', hash: 'sha256', fields: ['note'], keys: [[ada], [randomUUID()]] },
    ];
    for (const one of asked) {
      const answer = await ask(await question(one));
      expect(answer.status).toBe(200);
      const { claims } = await verify(answer.body, 'reconciliationAnswer', { registry: postgresKeyRegistry(producer.admin), audience: producer.crmKey.party });
      expect(claims.answer.step).toBe(one.step);
      answers.push(JSON.stringify(claims));
    }
    expect(answers[2]).toContain(ada);
    expect(answers[3]).toContain('"place":"present"');
    expect(answers[3]).toContain('"place":"absent"');
    for (const text of answers) for (const value of ['confidential', 'Lovelace', 'Ada']) expect(text).not.toContain(value);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('needs an operation of its own in the token', async () => {
    await expectNothingDone(await ask(await question(NEGOTIATE), 'open register forward reverse collection:contacts'), 'scope-denied');
    await expectNothingDone(await ask(await question(NEGOTIATE), 'reconcile collection:tasks'), 'scope-denied');
  });

  it('is refused unsigned, signed by another, of another kind, for another collection', async () => {
    const stranger = await generateSigningKey(producer.crmKey.party);
    await expectNothingDone(await ask(''), 'invalid-token');
    await expectNothingDone(await ask(await issue(stranger, 'reconciliation', body(NEGOTIATE))), 'key-unknown');
    await expectNothingDone(
      await ask(await issue(producer.crmKey, 'settlement', { ...producer.link, collection: 'contacts', ordinal: 1, epoch: 1 })),
      'invalid-token',
    );
    await expectNothingDone(await ask(await question(NEGOTIATE, { collection: 'tasks' })), 'bad-request');
    await expectNothingDone(await ask(await issue(producer.crmKey, 'reconciliation', body(NEGOTIATE), { nowMs: Date.now() - 3_600_000 })), 'message-expired');
  });

  it('is refused for another generation, another definition, and on a link that is stopped', async () => {
    await expectNothingDone(await ask(await question(NEGOTIATE, { generation: 2 })), 'epoch-stale');
    await expectNothingDone(await ask(await question(NEGOTIATE, { schemaHash: 'A'.repeat(43) })), 'schema-drifted');
    await producer.admin.query(`update tidegate.link set state = 'stopped'`);
    before = await storeState(producer.admin);
    await expectNothingDone(await ask(await question(NEGOTIATE)), 'link-stopped');
    await producer.admin.query(`update tidegate.link set state = 'open'`);
  });

  it('is refused for fields, hashes and keys that are not held here, and where the answer would be too large', async () => {
    await expectNothingDone(await ask(await question({ ...SUMS, fields: ['unheard'] })), 'bad-request');
    await expectNothingDone(await ask(await question({ ...SUMS, hash: 'pg-9' })), 'bad-request');
    await expectNothingDone(await ask(await question({ step: 'states', hash: 'sha256', fields: ['note'], keys: [[ada, 'more']] })), 'key-invalid');
    const fields = ['note', 'givenName', 'familyName', 'company'];
    const many = Array.from({ length: 20 }, () => fields).flat();
    const keys = Array.from({ length: 1000 }, () => [ada]);
    await expectNothingDone(await ask(await question({ step: 'states', hash: 'sha256', fields: many, keys })), 'too-large');
  });

  it('cannot be replayed: its proof is used up', async () => {
    const accessToken = await fetchToken(producer, { scope: SCOPE });
    const request = await signedRequest(producer, 'POST', path, await question(NEGOTIATE), { accessToken });
    expect((await send(producer, request)).status).toBe(200);
    await expectNothingDone(await send(producer, request), 'replayed');
  });

  it('offers only what is there, once, and only fields that the cloud may change', async () => {
    await expectNothingDone(await ask(await question({ step: 'offer', records: [{ key: [ada], fields: ['company'] }] })), 'field-denied');
    const offer = await question({
      step: 'offer',
      records: [
        { key: [ada], fields: ['note'] },
        { key: [randomUUID()], fields: null },
      ],
    });
    const offered = async (jws: string) => {
      const { claims } = await verify((await ask(jws)).body, 'reconciliationAnswer', {
        registry: postgresKeyRegistry(producer.admin),
        audience: producer.crmKey.party,
      });
      return claims.answer;
    };
    expect(await offered(offer)).toEqual({ step: 'offer', offered: 1 });
    expect(await offered(offer)).toEqual({ step: 'offer', offered: 0 });
    const { rows } = await producer.admin.query(`select op, old::text from tidegate.change_log where op = 'R'`);
    expect(rows).toEqual([{ op: 'R', old: '{"notes": null}' }]);
  });
});
