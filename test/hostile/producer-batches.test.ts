import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeWindowBody } from '../../adaptor/communication/window-body-writer.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { type ErrorCode } from '../../exchange/errors.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { CONTACTS } from '../cloud/service-manager/service-manager-fixture.ts';
import { type PlainAnswer, auditedCodes, expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { TestCrm, type WireRecord, once, wireCsv } from '../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

let producer: TestProducer;
let crm: TestCrm;
let token: string;
let before: string;
const path = PATHS.window('acme/test/hub', 'contacts', 1);
const id = randomUUID();
const RECORDS: readonly WireRecord[] = [{ op: 'I', values: [id, 'Ada', 'Lovelace', 'Acme', 'confidential'] }];

beforeAll(async () => {
  producer = await startTestProducer();
  crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  token = await fetchToken(producer);
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

async function body(rows: Uint8Array, manifest: (digest: string) => Promise<string>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeWindowBody(once(rows), manifest)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function put(bytes: Uint8Array): Promise<PlainAnswer> {
  return send(producer, await signedRequest(producer, 'PUT', path, bytes, { accessToken: token }));
}

async function expectBatchRefused(bytes: Uint8Array, code: ErrorCode = 'batch-refused'): Promise<void> {
  expectRefused(await put(bytes), code, ['confidential', 'Lovelace']);
  expect(await storeState(producer.admin)).toBe(before);
  expect(await auditedCodes(producer.admin)).toContain(code);
}

const rows = wireCsv(RECORDS);
const manifestWith = (changed: Parameters<TestCrm['manifest']>[4]) => async () => crm.manifest(CONTACTS, 1, rows, RECORDS, changed);

describe('a batch of which nothing is stored', () => {
  it('has rows that are not those of its digest', async () => {
    await expectBatchRefused(await body(rows, manifestWith({ digest: createHash('sha256').update('other').digest('base64url') })));
    const altered = Buffer.from(await body(rows, manifestWith({})));
    altered[altered.indexOf('Ada')] = 'E'.charCodeAt(0);
    await expectBatchRefused(altered);
  });

  it('has other counts than its manifest', async () => {
    for (const changed of [{ rows: 2 }, { rows: 0 }, { tombstones: 1 }]) await expectBatchRefused(await body(rows, manifestWith(changed)));
  });

  it('has a manifest that the CRM did not sign', async () => {
    const good = await crm.manifest(CONTACTS, 1, rows, RECORDS);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = { ...producer.link, ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>) };
    for (const manifest of [
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${header}.${payload}.`,
      'unsigned',
      await issue(await generateSigningKey(producer.crmKey.party), 'manifest', claims as never),
      await crm.message([{}]),
    ])
      await expectBatchRefused(await body(rows, async () => manifest));
  });

  it('has a manifest of another window, collection, direction or kind', async () => {
    for (const changed of [
      { ordinal: 2 },
      { collection: 'tasks' },
      { kind: 'load' as const, chunks: 0 },
      { kind: 'chunk' as const, chunk: 0 },
      { direction: 'reverse' as const },
    ])
      await expectBatchRefused(await body(rows, manifestWith(changed)));
    await expectBatchRefused(await body(rows, manifestWith({ schemaHash: 'A'.repeat(43) })), 'schema-drifted');
    await expectBatchRefused(await body(rows, manifestWith({ epoch: 9 })), 'epoch-stale');
    await expectBatchRefused(await body(rows, manifestWith({ generation: 9 })), 'epoch-stale');
  });

  it('has a body that is cut, has no manifest, two of them, or is no window', async () => {
    const whole = await body(rows, manifestWith({}));
    for (const bytes of [
      whole.subarray(0, 20),
      whole.subarray(0, whole.length - 1),
      Buffer.concat([whole, whole]),
      Buffer.from('x'),
      Buffer.from('d\0\0\0\0'),
      Buffer.from('d\xff\xff\xff\xff', 'latin1'),
    ])
      await expectBatchRefused(bytes);
  });

  it('has rows that are not CSV of the definition', async () => {
    const sign = (bytes: Uint8Array, n: number) => async () =>
      crm.manifest(
        CONTACTS,
        1,
        bytes,
        Array.from({ length: n }, () => ({ op: 'I' as const, values: [] })),
      );
    for (const text of ['one column\n', `X,*,,,${id},a,b,c,d\n`, `I,*,,,${id},a,b,c,d,too many\n`, `I,*,,,"${id}\n`, `I,unknownField,,,${id},a,b,c,d\n`])
      await expectBatchRefused(await body(Buffer.from(text), sign(Buffer.from(text), 1)));
  });

  it('is known by its number with other content', async () => {
    await using fresh = await startTestProducer();
    const own = new TestCrm(fresh);
    await own.open();
    await own.register(CONTACTS);
    await own.send(CONTACTS, 1, RECORDS);
    const state = await storeState(fresh.admin);
    await expect(own.send(CONTACTS, 1, [{ op: 'I', values: [randomUUID(), 'Other', null, null, null] }])).rejects.toMatchObject({ code: 'batch-refused' });
    expect(await storeState(fresh.admin)).toBe(state);
  });

  it('is hostile only as text, which lands as text', async () => {
    await using fresh = await startTestProducer();
    const own = new TestCrm(fresh);
    await own.open();
    await own.register(CONTACTS);
    const note = `'); drop table cloud.people; --\n=cmd|' /C calc'!A0,"quoted" \\. \\N __proto__`;
    await own.send(CONTACTS, 1, [{ op: 'I', values: [id, note, null, null, note] }]);
    expect((await fresh.admin.query('select first_name, notes from cloud.people')).rows).toEqual([{ first_name: note, notes: note }]);
  });
});
