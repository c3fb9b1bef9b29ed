import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { watchStores } from '../../../activities/data/watch-stores.ts';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { ensureLink, readLink } from '../../../adaptor/data/state/link.ts';
import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import { type AppStore, TEST_LINK, createAppStore } from '../../support/captured-table.ts';

const LINK = linkName(TEST_LINK);
const links = new Map([[LINK as string, { name: LINK } as LinkSetup]]);
let crm: AppStore<'crm'>;

beforeAll(async () => {
  crm = await createAppStore('crm');
  await ensureLink(crm.admin, TEST_LINK);
});
afterAll(async () => crm[Symbol.asyncDispose]());
beforeEach(async () => {
  await crm.admin.query(`UPDATE tidegate.link SET epoch = 7, state = 'open', state_reason = NULL`);
});

/** A step under an epoch that the cloud refuses. */
const refused = (code: ErrorCode, epoch = 7) =>
  watchStores({ links, consumer: crm.admin }, { link: LINK, epoch }, async () => {
    throw new TidegateError(code, 'Said the cloud.');
  });

describe('a step of a session', () => {
  it('is left alone where it succeeds', async () => {
    expect(await watchStores({ links, consumer: crm.admin }, { link: LINK, epoch: 7 }, async () => 'done')).toBe('done');
  });

  it.each(['incarnation-changed', 'cursor-invalid'] as const)('stops the link by %s', async (code) => {
    await expect(refused(code)).rejects.toMatchObject({ code });
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'stopped', stateCode: code, stateReason: expect.stringMatching('Said the cloud.') });
  });

  it('begins anew where the cloud does not know its epoch, though nobody took over here', async () => {
    await expect(refused('epoch-stale')).rejects.toMatchObject({ code: 'ordinal-out-of-order', retryable: true });
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'open' });
  });

  it('ends where a later run took over', async () => {
    await expect(refused('epoch-stale', 6)).rejects.toMatchObject({ code: 'epoch-stale', retryable: false });
  });

  it('says anything else as it is', async () => {
    await expect(refused('batch-refused')).rejects.toMatchObject({ code: 'batch-refused' });
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'open' });
  });
});
