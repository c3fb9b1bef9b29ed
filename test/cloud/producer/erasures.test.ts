import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issue } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { type Edits, applyEdits } from '../../../cloud/service-manager/apply-edits.ts';
import { partyId } from '../../../exchange/claims.ts';
import { codeOf } from '../../support/code-of.ts';
import { TestCrm } from '../../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../../support/test-producer.ts';
import { trust } from '../../support/trusted-keys.ts';
import { CONTACTS } from '../service-manager/service-manager-fixture.ts';

let producer: TestProducer;
let crm: TestCrm;
const [ada, eve] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  producer = await startTestProducer();
  crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [
    { op: 'I', values: [ada, 'Ada', 'Lovelace', 'Acme', null] },
    { op: 'I', values: [eve, 'Eve', 'Other', 'Acme', null] },
  ]);
});
afterAll(() => producer[Symbol.asyncDispose]());

const edit = (...edits: Edits['edits']) => applyEdits(producer.employees, { tenant: 'acme', actor: 'eva@cloud.example', edits });
const names = async () =>
  (await controlRows<{ first_name: string }>(producer.admin, 'select first_name from cloud.people order by 1')).map((row) => row.first_name);
const body = (key: string[] = [ada], collection = 'contacts') => ({ ...producer.link, collection, erasure: 4, key });
const order = async (jws: string, collection = 'contacts') => crm.client.erase({ collection, erasure: jws });

describe('an erasure', () => {
  it('of another signer, another type, another collection, or for another link destroys nothing', async () => {
    await edit({ collection: 'contacts', key: { id: ada }, set: { note: 'secret' } });
    const other = { ...producer.link, link: 'elsewhere' };
    for (const [jws, code] of [
      [
        await issue(producer.cloudKey, 'erasureReceipt', {
          ...producer.link,
          collection: 'contacts',
          erasure: 4,
          destroyed: { records: 0, changes: 0, quarantine: 0 },
        }),
        'invalid-token',
      ],
      [await crm.sign('settlement', { collection: 'contacts', ordinal: 1, epoch: 1 }), 'invalid-token'],
      [await issue(producer.crmKey, 'erasure', body([ada], 'tasks')), 'bad-request'],
      [await issue(producer.crmKey, 'erasure', { ...body(), ...other }), 'issuer-not-crm'],
      [await issue(producer.crmKey, 'erasure', body(['no uuid'])), 'key-invalid'],
      [`${(await issue(producer.crmKey, 'erasure', body())).slice(0, -4)}AAAA`, 'invalid-token'],
    ] as const)
      expect({ code, told: await codeOf(order(jws)) }).toEqual({ code, told: code });
    expect(await names()).toEqual(['Ada', 'Eve']);
  });

  it('takes the record, the edits of it that wait, and old values, and says so in a signed receipt', async () => {
    const receipt = await order(await crm.sign('erasure', body()));
    const { claims } = await verify(receipt, 'erasureReceipt', { audience: partyId('crm', producer.link), registry: await trust(producer.cloudKey) });
    expect(claims).toMatchObject({ collection: 'contacts', erasure: 4, destroyed: { records: 1, changes: 1, quarantine: 0 } });
    expect(await names()).toEqual(['Eve']);
    expect(await controlRows(producer.admin, `select from tidegate.change_log where key @> array[$1] and op <> 'D'`, [ada])).toEqual([]);
  });

  it('asked again destroys what came since, which is nothing', async () => {
    const receipt = await order(await crm.sign('erasure', body()));
    const { claims } = await verify(receipt, 'erasureReceipt', { audience: partyId('crm', producer.link), registry: await trust(producer.cloudKey) });
    expect(claims.destroyed).toEqual({ records: 0, changes: 0, quarantine: 0 });
    expect(await names()).toEqual(['Eve']);
  });
});
