import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLinkStatus } from '../../adaptor/data/control/link-status.ts';
import type { Side } from '../../exchange/names.ts';
import { statusText } from '../../cli/status-text.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';
import { workflowIdOfRun } from '../../scheduler/ids.ts';
import type { KillableWorker } from '../support/killable-worker.ts';
import { type OwnLink, startOwnLink, until } from '../support/own-link.ts';

/*
 * A store that is not the one it was stops the link, whoever notices first, and only an approved new initial load goes on.
 * On real clusters, a real producer and workers in processes of their own.
 */

let own: OwnLink;
let worker: KillableWorker | undefined;

beforeAll(async () => {
  own = await startOwnLink();
  worker = await own.startWorker();
  await own.open();
}, 120_000);
beforeEach(async () => {
  worker ??= await own.startWorker();
});
afterEach(async ({ task }) => {
  // What a failed test leaves behind must not fail the others.
  if (task.result?.state === 'fail')
    await own.tidegate.resume(own.link.name, { by: 'test', reload: { approvedBy: 'test', reason: 'next test' } }).catch(() => undefined);
});
afterAll(async () => {
  await worker?.end();
  await own?.[Symbol.asyncDispose]();
}, 60_000);

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};
const linkRow = async () => {
  const [row] = await own.crm<{ state: string; reason: string | null; generation: number; run: string | null }>(
    'SELECT state, state_reason AS reason, generation, opened_run AS run FROM tidegate.link',
  );
  return row;
};
const contentOf = async () => ({
  crm: await own.crm('SELECT id, given_name, note, job_title FROM crm.contacts ORDER BY id'),
  cloud: await own.cloud('SELECT id, first_name, notes, title FROM cloud.people ORDER BY id'),
});
const noteAtCrm = async (id: string) => (await own.crm<{ note: string | null }>('SELECT note FROM crm.contacts WHERE id = $1', [id]))[0]?.note;
const cloudEdit = (id: string, note: string) => own.cloud('UPDATE cloud.people SET notes = $2 WHERE id = $1', [id, note]);

/** Four contacts, each for a thing that must not get lost. */
interface Contacts {
  /** Its note was edited at the cloud and ordered in after the copy. */
  readonly taken: string;
  /** Its note is edited at the cloud and not ordered in. */
  readonly waiting: string;
  /** Made at the CRM after the copy. */
  readonly late: string;
  /** Deleted at the CRM after the copy. */
  readonly gone: string;
}

/** What happens after a copy was made, with the link at work. */
async function live(before: Omit<Contacts, 'late'>): Promise<Contacts> {
  const late = await own.newContact('Late');
  await cloudEdit(before.taken, 'taken');
  await own.pull();
  expect(await noteAtCrm(before.taken)).toBe('taken');
  await own.crm('DELETE FROM crm.contacts WHERE id = $1', [before.gone]);
  await own.crm(`UPDATE crm.contacts SET job_title = 'Director' WHERE id = $1`, [before.taken]);
  await own.converged();
  await cloudEdit(before.waiting, 'waits');
  return { ...before, late };
}

/** What the operator sees of a stopped link, everywhere; nothing moves. */
async function expectStopped(reason: RegExp): Promise<void> {
  const content = await contentOf();
  await until(async () => expect(await linkRow()).toMatchObject({ state: 'stopped', reason: expect.stringMatching(reason) }));
  const { tidegate, temporal, link } = own;
  const run = (await linkRow())?.run ?? '';
  await expect(temporal.client.workflow.getHandle(workflowIdOfRun(run)).result()).rejects.toMatchObject({
    cause: { type: 'incarnation-changed', message: expect.stringMatching(reason) },
  });
  const status = statusText(await readLinkStatus(link.crmAdmin, link.name, statusQuestions(link.config)), new Date());
  expect(status).toMatch(new RegExp(`${link.name}: stopped \\(.*${reason.source}`));
  const order = { link: link.name, by: 'test' };
  const refused = { code: 'link-stopped', message: expect.stringMatching(reason) };
  await expect(tidegate.requestForward(order)).rejects.toMatchObject(refused);
  await expect(tidegate.orderReverse(order)).rejects.toMatchObject(refused);
  await expect(tidegate.resume(link.name, { by: 'test' })).rejects.toMatchObject(refused);
  expect(await contentOf()).toEqual(content);
}

/** The approved new load, and one pull after it. `unconfirmed`: contacts at the cloud that the CRM does not name. */
async function reload(unconfirmed: number): Promise<void> {
  const before = await linkRow();
  await own.tidegate.resume(own.link.name, { by: 'olga', reload: { approvedBy: 'olga', reason: 'a store was restored' } });
  await until(async () => {
    expect((await linkRow())?.generation).toBeGreaterThan(before?.generation ?? 0);
    const channels = await own.crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`);
    expect(channels.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });
  const statusOf = async () => (await readLinkStatus(own.link.crmAdmin, own.link.name, statusQuestions(own.link.config))).collections[0];
  expect(await statusOf()).toMatchObject({ collection: 'contacts', unconfirmed });
  await own.pull();
  await own.converged();
  expect(await statusOf()).toMatchObject({ unconfirmed: 0 });
  expect(await own.cloud('SELECT FROM tidegate.unconfirmed')).toEqual([]);
}

async function contactsBefore(): Promise<Omit<Contacts, 'late'>> {
  const taken = await own.newContact('Taken');
  const waiting = await own.newContact('Waiting');
  const gone = await own.newContact('Gone');
  return { taken, waiting, gone };
}

const SIDES: readonly Side[] = ['crm', 'cloud'];
const NAMES = { crm: 'CRM', cloud: 'cloud' } as const;

describe.each(SIDES)('at the %s', (side) => {
  it.each(['under a running pump', 'while the worker is down'])(
    'an older copy that is put back %s',
    async (when) => {
      const store = own.stores[side];
      const before = await contactsBefore();
      await store.stop();
      store.copy('older');
      await store.start();
      const { taken, waiting, late, gone } = await live(before);
      if (when === 'while the worker is down') await stopWorker();
      await store.stop();
      store.putBack('older');
      await store.start();
      // Edits of the time after: neither is skipped.
      await until(async () => void (await own.crm(`UPDATE crm.contacts SET job_title = 'Restored' WHERE id = $1`, [waiting])));
      await until(async () => void (await cloudEdit(waiting, 'waits on')));
      worker ??= await own.startWorker();
      await expectStopped(new RegExp(`The ${NAMES[side]}'s store went back`));
      // The late one where the CRM went back, the gone one where the cloud did.
      await reload(1);
      expect(await own.crm('SELECT job_title AS title, note FROM crm.contacts WHERE id = $1', [waiting])).toEqual([{ title: 'Restored', note: 'waits on' }]);
      expect(await noteAtCrm(taken)).toBe('taken');
      expect(await own.crm('SELECT given_name AS name FROM crm.contacts WHERE id = $1', [late])).toEqual([{ name: 'Late' }]);
      // A restored CRM has the record again; a restored cloud learns of its delete, which the CRM can prove.
      expect(await own.crm('SELECT FROM crm.contacts WHERE id = $1', [gone])).toHaveLength(side === 'crm' ? 1 : 0);
    },
    90_000,
  );

  it.each([
    ['another database with the same rows', 'databaseId'],
    ['a promoted standby', 'timeline'],
  ])(
    '%s',
    async (what, part) => {
      const store = own.stores[side];
      const { taken, waiting, late, gone } = await live(await contactsBefore());
      if (part === 'databaseId') await store.recreate();
      else {
        await store.stop();
        store.markStandby();
        await store.start();
        await store.promote();
      }
      await until(async () => void (await own.crm(`UPDATE crm.contacts SET job_title = 'Restored' WHERE id = $1`, [waiting])));
      await until(async () => void (await cloudEdit(taken, 'taken on')));
      await expectStopped(new RegExp(`differs in ${part}`));
      await reload(0);
      expect(await own.crm('SELECT job_title AS title, note FROM crm.contacts WHERE id = $1', [waiting])).toEqual([{ title: 'Restored', note: 'waits' }]);
      expect(await own.crm('SELECT job_title AS title, note FROM crm.contacts WHERE id = $1', [taken])).toEqual([{ title: 'Director', note: 'taken on' }]);
      expect(await own.crm('SELECT id FROM crm.contacts WHERE id = ANY ($1)', [[late, gone]])).toEqual([{ id: late }]);
    },
    90_000,
  );
});
