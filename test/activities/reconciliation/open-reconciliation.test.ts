import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReconciliation } from '../../../activities/reconciliation/open-reconciliation.ts';
import { finishReconciliation, listReconciliations, writeReconciliations } from '../../../adaptor/data/control/reconciliations.ts';
import { codeOf } from '../../support/code-of.ts';
import { type TestLink, startTestLink } from '../../support/test-link.ts';

let link: TestLink;
beforeAll(async () => {
  link = await startTestLink();
}, 60_000);
afterAll(async () => link?.[Symbol.asyncDispose]());

const open = (runId: string, requestId: string | null) => openReconciliation(link.context(undefined as never, 'none'), { link: link.name, runId, requestId });
const asked = { trigger: 'user', repair: false, deleteReceipted: false, requestedBy: 'olga', reason: null } as const;

it('writes the comparisons of a period once, parents first, however often the step is repeated', async () => {
  const first = await open('w/1', null);
  expect(first).toMatchObject({ trigger: 'period', reconciliations: [{ collection: 'contacts' }, { collection: 'appointments' }, { collection: 'tasks' }] });
  expect(await open('w/1', null)).toEqual(first);
  expect(await listReconciliations(link.consumer, link.name, true)).toHaveLength(3);
  expect((await open('w/2', null)).reconciliations).not.toEqual(first.reconciliations);
});

it('finds what was asked for, leaves out what is finished, and nothing of another link', async () => {
  const requestId = await writeReconciliations(link.consumer, { ...asked, link: link.name, collections: ['tasks', 'contacts'] });
  const { trigger, reconciliations } = await open('w/3', requestId);
  expect([trigger, reconciliations.map(({ collection }) => collection)]).toEqual(['user', ['contacts', 'tasks']]);
  await finishReconciliation(link.consumer, reconciliations[0]?.id ?? '', null);
  expect((await open('w/3', requestId)).reconciliations).toEqual(reconciliations.slice(1));
  const foreign = await writeReconciliations(link.consumer, { ...asked, link: 'acme/test/other', collections: ['contacts'] });
  expect(await codeOf(open('w/4', foreign))).toBe('record-not-found');
});

it('keeps the last thirty of a collection', async () => {
  for (let n = 0; n < 35; n++) {
    const requestId = await writeReconciliations(link.consumer, { ...asked, link: link.name, collections: ['appointments'] });
    const { reconciliations } = await open(`many/${n}`, requestId);
    await finishReconciliation(link.consumer, reconciliations[0]?.id ?? '', n % 2 === 0 ? null : 'load-incomplete');
  }
  const finished = (await listReconciliations(link.consumer, link.name, true)).filter(
    ({ collection, state }) => collection === 'appointments' && state !== 'running',
  );
  expect(finished).toHaveLength(30);
});

it('approves no inferred delete without somebody and a reason: the store itself refuses it', async () => {
  const unsigned = { ...asked, link: link.name, collections: ['contacts'], deleteReceipted: true };
  await expect(writeReconciliations(link.consumer, unsigned)).rejects.toMatchObject({ constraint: 'reconciliation_delete_check' });
  await expect(writeReconciliations(link.consumer, { ...unsigned, reason: 'r', requestedBy: null })).rejects.toMatchObject({
    constraint: 'reconciliation_delete_check',
  });
});
