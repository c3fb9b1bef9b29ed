import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeRun } from '../../../activities/ledger/close-run.ts';
import { openRun } from '../../../activities/ledger/open-run.ts';
import { recordRefusal } from '../../../activities/ledger/record-refusal.ts';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { openLink } from '../../../activities/transport/open-link.ts';
import { returnReceipt } from '../../../activities/transport/return-receipt.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { ensureChannels } from '../../../adaptor/data/state/channel.ts';
import { ensureLink, readLink } from '../../../adaptor/data/state/link.ts';
import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import { type AppStore, TEST_LINK, createAppStore } from '../../support/captured-table.ts';
import { codeOf } from '../../support/code-of.ts';

const LINK = linkName(TEST_LINK);
const token = { tokenId: 't', expiresAt: '2030-01-01T00:00:00.000Z' };
let crm: AppStore<'crm'>;

beforeAll(async () => {
  crm = await createAppStore('crm');
  await ensureLink(crm.admin, TEST_LINK);
  await ensureChannels(crm.admin, LINK, ['contacts']);
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(async () => {
  await crm.admin.query(`UPDATE tidegate.link SET epoch = 7, state = 'open', state_reason = NULL, state_by = NULL, state_code = NULL`);
});

const contextWith = (producer: object) => ({
  links: new Map([
    [LINK as string, { name: LINK, producer, collections: [{ source: { name: 'contacts' } }, { source: { name: 'tasks' } }] } as unknown as LinkSetup],
  ]),
  consumer: crm.admin,
});

describe('an opening that is sent', () => {
  const open = (epoch: number, answer: (opening: string, collections: readonly string[]) => Promise<string>) =>
    openLink(contextWith({ open: answer }), { link: LINK, epoch, token, opening: 'signed' });
  const refused = (code: ErrorCode, epoch = 7) => codeOf(open(epoch, () => Promise.reject(new TidegateError(code, 'Said the cloud.'))));

  it('names all collections of the link, and brings the answer as it is', async () => {
    const asked: unknown[] = [];
    expect(await open(7, async (...sent) => (asked.push(sent), 'answer'))).toEqual({ answer: 'answer' });
    expect(asked).toEqual([['signed', ['contacts', 'tasks']]]);
  });

  it('stops the link where the cloud says that a store is not the one it was', async () => {
    expect(await refused('incarnation-changed')).toBe('incarnation-changed');
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'stopped', stateCode: 'incarnation-changed', stateBy: 'cloud' });
  });

  it('stops the link where the cloud has spoken with a newer CRM than this: it was restored from an older copy', async () => {
    expect(await refused('epoch-stale')).toBe('incarnation-changed');
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'stopped', stateCode: 'incarnation-changed' });
  });

  it('only ends where a later run took over here', async () => {
    expect(await refused('epoch-stale', 6)).toBe('epoch-stale');
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'open' });
  });

  it.each<ErrorCode>(['connection-failed', 'key-unknown', 'scope-denied'])('leaves the link as it is by %s', async (code) => {
    expect(await refused(code)).toBe(code);
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'open', epoch: 7 });
  });

  it('that fails by a fault of ours says nothing of the stores', async () => {
    await expect(open(7, () => Promise.reject(new TypeError('x is undefined')))).rejects.toBeInstanceOf(TypeError);
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'open' });
  });
});

describe('the receipt of a reverse window', () => {
  const returned: unknown[] = [];
  const give = (ordinal: number) =>
    returnReceipt(contextWith({ returnReceipt: async (receipt: unknown) => void returned.push(receipt) }), { link: LINK, collection: 'contacts', ordinal });
  const write = (ordinal: number, receipt: string | null) =>
    crm.admin.query(
      `INSERT INTO tidegate."window" (link, collection, direction, ordinal, kind, batch_id, state, receipt) VALUES ($1, 'contacts', 'reverse', $2, 'delta', gen_random_uuid(), 'applied', $3)`,
      [LINK, ordinal, receipt],
    );

  it('is returned from the bytes that its transaction kept, again after a lost answer', async () => {
    await write(1, 'kept');
    await give(1);
    await give(1);
    expect(returned).toEqual([
      { collection: 'contacts', ordinal: 1, receipt: 'kept' },
      { collection: 'contacts', ordinal: 1, receipt: 'kept' },
    ]);
  });

  it('is not made up where there is none', async () => {
    returned.length = 0;
    await write(2, null);
    for (const ordinal of [2, 3]) expect(await codeOf(give(ordinal))).toBe('unexpected');
    expect(returned).toEqual([]);
  });
});

describe('a run in the CRM’s log', () => {
  const context = () => ({ consumer: crm.admin, links: new Map() });
  const runs = () => controlRows(crm.admin, `SELECT state, error_code AS code, finished_at IS NOT NULL AS finished FROM tidegate.run WHERE id = 'a/b'`);
  const opened = { runId: 'a/b', link: LINK, direction: 'forward', trigger: 'start', messageId: null, requestedBy: null } as const;
  const end = (state: 'completed' | 'failed', errorCode: ErrorCode | null) =>
    closeRun(context(), { link: LINK, runId: 'a/b', state, errorCode, errorDetail: null });

  it('is begun once, ends also for a link that this worker does not serve, and keeps how it ended first', async () => {
    for (let n = 0; n < 2; n++) await openRun(context(), opened);
    expect(await runs()).toEqual([{ state: 'running', code: null, finished: false }]);
    expect(await end('failed', 'worker-lost')).toMatchObject({ windows: 0, collections: [] });
    await end('completed', null);
    expect(await runs()).toEqual([{ state: 'failed', code: 'worker-lost', finished: true }]);
  });

  it('that was refused is in the audit log, also where nothing of it could be believed', async () => {
    for (const link of [LINK, null]) await recordRefusal(context(), { link, runId: 'a/b', event: 'reverse-refused', code: 'invalid-token', ignoredSignals: 2 });
    expect(await controlRows(crm.admin, `SELECT link, code, subject, facts FROM tidegate.audit_event WHERE event = 'reverse-refused' ORDER BY id`)).toEqual([
      { link: LINK, code: 'invalid-token', subject: 'a/b', facts: { ignoredSignals: 2 } },
      { link: null, code: 'invalid-token', subject: 'a/b', facts: { ignoredSignals: 2 } },
    ]);
  });
});
