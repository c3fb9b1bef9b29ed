import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { payloadDigest, readMessageClaims } from '../../../activities/auth/message-claims.ts';
import { type SignReverseMessageInput, signReverseMessage } from '../../../activities/auth/sign-reverse-message.ts';
import { spendMessage } from '../../../activities/auth/spend-message.ts';
import { verifyMessage } from '../../../activities/auth/verify-message.ts';
import { acceptedOrders } from '../../../activities/data/accepted-order.ts';
import { planCollections } from '../../../activities/plans.ts';
import { issue } from '../../../adaptor/auth/sign.ts';
import { readMessage } from '../../../adaptor/data/control/reverse-messages.ts';
import { writeSyncOption } from '../../../adaptor/data/control/sync-options.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { ensureChannels, setSchemaHash } from '../../../adaptor/data/state/channel.ts';
import { claimEpoch } from '../../../adaptor/data/state/epoch.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import { codeOf } from '../../support/code-of.ts';
import { type TestLink, startTestLink } from '../../support/test-link.ts';

/* The life of a reverse synchronisation message at the CRM: signed, verified, acted on, ended. Everything that lets the cloud in is decided here. */

let link: TestLink;
let context: ReturnType<TestLink['context']>;

beforeAll(async () => {
  link = await startTestLink({ link: { reverse: { validMs: 120_000, maxRows: 50, maxWindows: 3, holdMs: 1500 } } });
  context = link.context(undefined as never, 'none');
  await ensureLink(link.consumer, link.setup.identity);
  await claimEpoch(link.consumer, link.setup.name);
  await ensureChannels(link.consumer, link.setup.name, ['contacts', 'appointments', 'tasks']);
  for (const { collection, plan } of await planCollections(link.consumer, link.setup))
    await setSchemaHash(link.consumer, link.setup.name, collection, plan?.schemaHash ?? '');
});
afterAll(() => link[Symbol.asyncDispose]());
beforeEach(async () => {
  await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'open'`);
  await link.crmAdmin.query(`UPDATE tidegate.channel SET state = 'open'`);
  await link.crmAdmin.query('DELETE FROM tidegate.sync_option');
  await link.crmAdmin.query('DELETE FROM tidegate.accepted_message');
  await link.crmAdmin.query('DELETE FROM tidegate.reverse_message');
});
afterEach(() => vi.useRealTimers());

/** A row that a run has claimed. */
async function claimed(by: string | null = 'anna'): Promise<string> {
  const [row] = await controlRows<{ id: string }>(
    link.crmAdmin,
    `INSERT INTO tidegate.sync_request (link, direction, cause, collections, requested_by, state) VALUES ($1, 'reverse', 'user', '{}', $2, 'claimed') RETURNING id`,
    [link.name, by],
  );
  return row?.id ?? '';
}

/** Has a message signed, for a row that waits. */
async function sign(told: Partial<SignReverseMessageInput> = {}) {
  const messageId = told.messageId ?? randomUUID();
  const requests = told.requests ?? [await claimed()];
  const signed = await signReverseMessage(context, { link: link.name, cause: 'user', collections: [], ...told, messageId, requests });
  const jws = (await readMessage(link.consumer, messageId))?.jws ?? '';
  return { messageId, requests, signed, jws };
}
const verify = (messageId: string, jws: string) => verifyMessage(context, { runId: `${messageId}/run`, messageId, jws });
const messages = () => controlRows<{ state: string }>(link.crmAdmin, 'SELECT state FROM tidegate.reverse_message ORDER BY issued_at, id');

describe('signing a message', () => {
  it('orders what is open, parents first, within the limits and the time of the configuration, for the rows that it serves', async () => {
    const { messageId, requests, signed, jws } = await sign();
    const claims = readMessageClaims(jws);
    expect(signed).toEqual({ collections: link.setup.collections.map(({ source }) => source.name), leftOut: {} });
    expect(claims).toMatchObject({ jti: messageId, cause: 'user', requests, holdMs: 1500, epoch: 1, generation: 1, ...link.setup.identity });
    expect(claims.exp - claims.iat).toBe(120);
    for (const order of claims.orders)
      expect(order).toMatchObject({ maxRows: 50, maxWindows: 3, afterOrdinal: 0, cursor: null, deleteBudget: link.setup.collections[0]?.deleteBudget.reverse });
  });

  it('again gives the message that was signed, also where less is open meanwhile', async () => {
    const first = await sign();
    await link.crmAdmin.query(`UPDATE tidegate.channel SET state = 'stopped' WHERE collection = 'tasks'`);
    const second = await sign(first);
    expect(second.jws).toBe(first.jws);
    expect(second.signed.collections).toEqual(first.signed.collections);
  });

  it('waits for the message that is open: of two, the second is not even kept', async () => {
    await sign({ collections: ['contacts'] });
    expect(await codeOf(sign({ collections: ['contacts', 'tasks'] }))).toBe('message-open');
    expect(await messages()).toHaveLength(1);
    expect((await sign({ collections: ['tasks'] })).signed.collections).toEqual(['tasks']);
  });

  it('signs another one once the time of that is over, though nobody closed it', async () => {
    await sign();
    await link.crmAdmin.query(`UPDATE tidegate.reverse_message SET expires_at = now() - interval '1 second'`);
    expect((await sign()).signed.collections).toContain('contacts');
    expect((await messages()).map(({ state }) => state).toSorted()).toEqual(['expired', 'signed']);
  });

  it('tells the cloud of messages that are done with: it gives their windows up', async () => {
    const first = await sign();
    await spendMessage(context, { messageId: first.messageId, state: 'refused' });
    expect(readMessageClaims((await sign()).jws).spent).toEqual([first.messageId]);
  });

  it('signs nothing for rows that another run has served meanwhile', async () => {
    const requests = [await claimed()];
    await link.crmAdmin.query(`UPDATE tidegate.sync_request SET state = 'done'`);
    expect((await sign({ requests })).signed).toEqual({ collections: [], leftOut: {} });
    expect(await messages()).toEqual([]);
  });

  it('leaves out what cannot be ordered, each with the reason, and orders the rest', async () => {
    await link.crmAdmin.query(`UPDATE tidegate.channel SET state = 'loading' WHERE collection = 'appointments' AND direction = 'forward'`);
    await writeSyncOption(link.crmAdmin, { link: link.name, collection: 'tasks', direction: 'reverse', enabled: false }, 'ines');
    const { signed, jws } = await sign({ collections: ['contacts', 'appointments', 'tasks', 'leads'] });
    expect(signed).toEqual({
      collections: ['contacts'],
      leftOut: { appointments: 'load-incomplete', tasks: 'collection-switched-off', leads: 'collection-unknown' },
    });
    expect(readMessageClaims(jws).orders.map(({ collection }) => collection)).toEqual(['contacts']);
  });

  it('keeps no message that orders nothing', async () => {
    await link.crmAdmin.query(`UPDATE tidegate.channel SET state = 'drifted'`);
    expect((await sign({ collections: ['tasks'] })).signed).toEqual({ collections: [], leftOut: { tasks: 'schema-drifted' } });
    expect(await messages()).toEqual([]);
  });

  it('does not switch off in one direction what is switched off in the other', async () => {
    await writeSyncOption(link.crmAdmin, { link: link.name, collection: 'tasks', direction: 'forward', enabled: false }, 'ines');
    expect((await sign({ collections: ['tasks'] })).signed.collections).toEqual(['tasks']);
  });

  it.each(['paused', 'stopped'])('signs nothing on a link that is %s', async (state) => {
    await link.crmAdmin.query('UPDATE tidegate.link SET state = $1', [state]);
    expect(await codeOf(sign())).toBe('link-stopped');
    expect(await messages()).toEqual([]);
  });
});

describe('verifying a message', () => {
  it('accepts what the CRM signed and wrote down, tells who asked, and does so again after a retry', async () => {
    const { messageId, jws } = await sign({ requests: [await claimed(null), await claimed('ben')], collections: ['contacts'] });
    const verified = await verify(messageId, jws);
    expect(verified).toEqual({ link: link.name, cause: 'user', requestedBy: 'ben', orders: [{ collection: 'contacts', afterOrdinal: 0, maxWindows: 3 }] });
    expect(await verify(messageId, jws)).toEqual(verified);
    const accepted = await controlRows(link.crmAdmin, 'SELECT digest, accepted_by AS by, spent_at AS spent FROM tidegate.accepted_message');
    expect(accepted).toEqual([{ digest: payloadDigest(jws), by: 'tidegate_verifier', spent: null }]);
    expect(await messages()).toEqual([{ state: 'open' }]);
  });

  it('refuses a genuine message in another run than it was made for', async () => {
    const { jws } = await sign({ collections: ['contacts'] });
    const other = await sign({ collections: ['tasks'] });
    for (const messageId of [randomUUID(), other.messageId])
      await expect(verify(messageId, jws)).rejects.toMatchObject({ code: 'message-not-accepted', message: expect.stringContaining('made for another run') });
  });

  it('refuses what the CRM’s own key signed and the CRM never wrote down: a stolen key alone orders nothing', async () => {
    const { messageId, jws } = await sign({ collections: ['contacts'] });
    const { iss: _iss, aud: _aud, iat: _iat, exp: _exp, jti: _jti, ...body } = readMessageClaims(jws);
    const unrecorded = randomUUID();
    const never = await issue(link.producer.crmKey, 'reverseMessage', body, { id: unrecorded });
    expect(await codeOf(verify(unrecorded, never))).toBe('message-not-accepted');
    const orders = body.orders.map((order) => ({ ...order, deleteBudget: 1_000_000 }));
    const wider = await issue(link.producer.crmKey, 'reverseMessage', { ...body, orders }, { id: messageId });
    expect(await codeOf(verify(messageId, wider))).toBe('message-not-accepted');
    expect(await controlRows(link.crmAdmin, 'SELECT FROM tidegate.accepted_message')).toEqual([]);
  });

  it.each(['spent', 'expired', 'refused'] as const)('refuses one that is %s: a message is used once', async (state) => {
    const { messageId, jws } = await sign();
    await spendMessage(context, { messageId, state });
    await expect(verify(messageId, jws)).rejects.toMatchObject({ code: 'message-not-accepted', message: expect.stringContaining(`It is ${state}.`) });
  });

  it('refuses one of a link that this worker does not serve', async () => {
    const { messageId, jws } = await sign();
    const other = { ...context, links: new Map() };
    expect(await codeOf(verifyMessage(other, { runId: 'x/y', messageId, jws }))).toBe('link-mismatch');
  });
});

describe('a message that is acted on', () => {
  const acted = (messageId: string) => codeOf(acceptedOrders(context, link.setup, messageId));

  it('has to have been verified', async () => {
    const { messageId, jws } = await sign();
    expect(await acted(messageId)).toBe('message-not-accepted');
    await verify(messageId, jws);
    expect((await acceptedOrders(context, link.setup, messageId)).jws).toBe(jws);
    expect(await acted(randomUUID())).toBe('message-not-accepted');
  });

  it('stops at its end, to the second', async () => {
    const { messageId, jws } = await sign();
    await verify(messageId, jws);
    const { exp } = readMessageClaims(jws);
    vi.useFakeTimers({ toFake: ['Date'], now: exp * 1000 - 1 });
    expect(await acted(messageId)).toBe('accepted');
    vi.setSystemTime(exp * 1000);
    expect(await acted(messageId)).toBe('message-expired');
  });

  it('stops with its link', async () => {
    const { messageId, jws } = await sign();
    await verify(messageId, jws);
    await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'paused'`);
    expect(await acted(messageId)).toBe('link-stopped');
  });

  it('once ended can be used for nothing, and frees its collections for the next', async () => {
    const { messageId, jws } = await sign();
    await verify(messageId, jws);
    await spendMessage(context, { messageId, state: 'spent' });
    expect(await acted(messageId)).toBe('message-not-accepted');
    expect(await controlRows(link.crmAdmin, 'SELECT FROM tidegate.accepted_message WHERE spent_at IS NULL')).toEqual([]);
    expect((await sign()).signed.collections).toContain('contacts');
  });

  it('keeps how it ended first', async () => {
    const { messageId } = await sign();
    await spendMessage(context, { messageId, state: 'spent' });
    await spendMessage(context, { messageId, state: 'refused' });
    expect(await messages()).toEqual([{ state: 'spent' }]);
  });
});
