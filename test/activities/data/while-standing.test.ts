import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whileStanding } from '../../../activities/data/while-standing.ts';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { ensureLink, pauseLink } from '../../../adaptor/data/state/link.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import { type AppStore, TEST_LINK, createAppStore } from '../../support/captured-table.ts';
import { codeOf } from '../../support/code-of.ts';

/* A message that stands while the cloud holds its answer open: it ends as soon as it may not stand any more. */

let crm: AppStore<'crm'>;
beforeAll(async () => {
  crm = await createAppStore('crm');
});
afterAll(() => crm[Symbol.asyncDispose]());

/** A link of its own, so that the cases wait beside each other; `looks` counts how often its trust was looked at. */
async function standing(trust: (look: number) => Promise<void> = async () => {}) {
  const identity = { ...TEST_LINK, link: `s-${Math.random().toString(36).slice(2, 10)}` };
  const name = linkName(identity);
  await ensureLink(crm.admin, identity);
  const told = { looks: 0 };
  const assertTrusted = () => trust(++told.looks);
  const setup = { name, producer: { assertTrusted } } as unknown as LinkSetup;
  const stand = <T>(act: (signal: AbortSignal) => Promise<T>, signal = new AbortController().signal) =>
    whileStanding({ consumer: crm.admin }, setup, signal, act);
  return { name, told, stand };
}

/** Holds an answer open until it is told to end. */
const held = (signal: AbortSignal): Promise<string> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), { once: true }));

describe.concurrent('a message that stands', () => {
  it('gives what the cloud answers, and is not looked after any longer', async () => {
    const { stand, told } = await standing();
    expect(await stand(async () => 'rows')).toBe('rows');
    expect(told.looks).toBe(0);
  });

  it('ends with a pause, whose reason is told', async () => {
    const { name, stand } = await standing();
    const ended = stand(held);
    await pauseLink(crm.admin, name, 'audit', 'anna');
    await expect(ended).rejects.toMatchObject({ code: 'link-stopped', facts: { link: name, state: 'paused' }, message: expect.stringContaining('audit') });
  });

  it('ends once one side is not believed any more, with the reason and not with the end of the request', async () => {
    const { stand, told } = await standing(() => Promise.reject(new TidegateError('key-unknown')));
    expect(await codeOf(stand(held))).toBe('key-unknown');
    expect(told.looks).toBe(1);
  });

  it('goes on where the store could not be asked for a moment: that says nothing of trust', async () => {
    const { stand, told } = await standing(async (look) => {
      if (look === 1) throw new TidegateError('database-unavailable');
      if (look === 3) throw new TidegateError('certificate-revoked');
    });
    expect(await codeOf(stand(held))).toBe('certificate-revoked');
    expect(told.looks).toBe(3);
  });

  it('ends with its activity, as that says', async () => {
    const { stand } = await standing();
    const cancelled = new AbortController();
    const ended = stand(held, cancelled.signal);
    cancelled.abort();
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('fails as the request failed, where it still stands', async () => {
    const { stand } = await standing();
    expect(await codeOf(stand(() => Promise.reject(new TidegateError('batch-refused'))))).toBe('batch-refused');
  });
});
