import { beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { questionsTo } from '../../../activities/reconciliation/ask-cloud.ts';
import { issue } from '../../../adaptor/auth/sign.ts';
import { type SigningKey, generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import type { CollectionPlan } from '../../../adaptor/data/plan.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust } from '../../support/trusted-keys.ts';

/* What a cloud may answer that lies: by an answer to another question, or another's answer. */

const identity = { tenant: 'acme', environment: 'test', link: 'hub' };
const plan = { definition: { name: 'contacts' }, schemaHash: 'a'.repeat(43) } as unknown as CollectionPlan;
const ASKED = { step: 'offer' as const, records: [{ key: ['1'], fields: null }] };
const ANSWER = { step: 'offer', offered: 1 } as const;
let crm: SigningKey;
let cloud: SigningKey;
beforeAll(async () => {
  [crm, cloud] = await Promise.all([generateSigningKey('crm:acme/test/hub'), generateSigningKey('cloud:acme/test/hub')]);
});

/** Asks a cloud that answers with the right claims, changed; by its own key where no other is named. */
async function asking(changed: object, signedBy = cloud) {
  const questions: string[] = [];
  const reconcile = async (_collection: string, question: string) => {
    questions.push(question);
    const claims = { ...identity, request: decodeJwt(question).jti ?? '', collection: 'contacts', answer: ANSWER, ...changed };
    return issue(signedBy, 'reconciliationAnswer', claims as never);
  };
  const setup = { identity, signingKey: crm, producer: { reconcile } } as unknown as LinkSetup;
  const { ask, wire } = questionsTo({ registry: await trust(crm, cloud) }, setup, plan, { generation: 3 });
  return { ask: () => ask(ASKED), wire, questions };
}

describe('a question to the cloud', () => {
  it('says what is asked, of which generation and schema; what it cost is counted', async () => {
    const { ask, wire, questions } = await asking({});
    expect([await ask(), await ask()]).toEqual([ANSWER, ANSWER]);
    const [first, second] = questions.map((question) => decodeJwt(question));
    expect(first).toMatchObject({ ...identity, collection: 'contacts', generation: 3, schemaHash: plan.schemaHash, ask: ASKED });
    expect(first?.jti).not.toBe(second?.jti);
    expect(wire.questions).toBe(2);
    expect(wire.bytes).toBeGreaterThan(questions.join('').length);
  });

  it.each([
    ['another question', { request: '11111111-1111-4111-8111-111111111111' }],
    ['a question about another collection', { collection: 'tasks' }],
    ['another step', { answer: { step: 'withdraw', withdrawn: 1 } }],
  ])('takes no answer to %s', async (_what, changed) => {
    expect(await codeOf((await asking(changed)).ask())).toBe('invalid-token');
  });

  it('takes no answer that another link’s cloud, or the CRM itself, has signed', async () => {
    expect(await codeOf((await asking({ link: 'other' })).ask())).not.toBe('accepted');
    expect(await codeOf((await asking({}, crm)).ask())).not.toBe('accepted');
  });
});
