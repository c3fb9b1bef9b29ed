import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { writeSyncOption } from '../../../adaptor/data/control/sync-options.ts';
import { createActivities } from '../../../workers/crm/worker-options.ts';
import { codeOf } from '../../support/code-of.ts';
import { type TestLink, startTestLink } from '../../support/test-link.ts';

/* A run that was overtaken must not register its older definitions, at neither side. */

const NO_TEMPORAL = undefined as unknown as Client;
let link: TestLink;
beforeAll(async () => {
  link = await startTestLink();
});
afterAll(() => link[Symbol.asyncDispose]());

/** Activities whose producer is asked through `register`, which may do something before or after. */
function activitiesWith(register?: (ask: () => Promise<string>) => Promise<string>) {
  const context = link.context(NO_TEMPORAL, 'none');
  if (register === undefined) return createActivities(context);
  const producer = new Proxy(link.setup.producer, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      const call = member.bind(target) as (...args: unknown[]) => Promise<string>;
      return name === 'register' ? (...args: unknown[]) => register(() => call(...args)) : call;
    },
  });
  return createActivities({ ...context, links: new Map([[link.name, { ...link.setup, producer } satisfies LinkSetup]]) });
}

/** Takes the link over and opens it, as a session does. */
async function takeOver(): Promise<number> {
  const activities = activitiesWith();
  const at = { link: link.name, runId: 'test/run' };
  const { epoch } = await activities.claimLink(at);
  const token = await activities.obtainToken({ link: link.name, operations: ['open', 'register', 'forward'] });
  const { opening } = await activities.signOpening({ ...at, epoch });
  const { answer } = await activities.openLink({ link: link.name, epoch, opening, token });
  await activities.verifyOpening({ ...at, epoch, opening, answer });
  return epoch;
}

const token = { tokenId: 'token', expiresAt: '2030-01-01T00:00:00.000Z' };
const register = (activities: ReturnType<typeof activitiesWith>, epoch: number) =>
  activities.registerCollections({ link: link.name, runId: 'test/run', epoch, token });
const registered = async () => ({
  crm: await controlRows(link.crmAdmin, 'select collection, hash from tidegate.registration order by 1, 2'),
  cloud: await controlRows(link.cloudAdmin, 'select collection, hash from tidegate.registration order by 1, 2'),
});

describe('a registration', () => {
  it('leaves out what is switched off: it is neither registered nor loaded before it is on', async () => {
    const option = { link: link.name, collection: 'tasks', direction: 'forward' } as const;
    await writeSyncOption(link.crmAdmin, { ...option, enabled: false }, 'ines');
    const { collections } = await register(activitiesWith(), await takeOver());
    expect(collections.map(({ collection }) => collection)).toEqual(['contacts', 'appointments']);
    expect((await registered()).cloud).toHaveLength(2);
    // What the next registration compares itself with (adaptor/data/extraction/follow-mapping.ts).
    const followed = `select collection from tidegate.channel where direction = 'forward' and mapping is not null order by 1`;
    expect(await controlRows(link.crmAdmin, followed)).toEqual([{ collection: 'appointments' }, { collection: 'contacts' }]);
    await writeSyncOption(link.crmAdmin, { ...option, enabled: true }, 'ines');
    await link.crmAdmin.query('DELETE FROM tidegate.registration');
    await link.cloudAdmin.query('DELETE FROM tidegate.registration');
  });

  it('of a run that is overtaken before the cloud is asked is refused by the cloud', async () => {
    const epoch = await takeOver();
    let overtaken = false;
    const slow = activitiesWith(async (ask) => {
      if (!overtaken) await takeOver();
      overtaken = true;
      return ask();
    });
    expect(await codeOf(register(slow, epoch))).toBe('epoch-stale');
    expect(await registered()).toEqual({ crm: [], cloud: [] });
  });

  it('of a run that is overtaken while it waits for the answer is not kept at the CRM', async () => {
    const epoch = await takeOver();
    const slow = activitiesWith(async (ask) => {
      const answer = await ask();
      await takeOver();
      return answer;
    });
    expect(await codeOf(register(slow, epoch))).toBe('epoch-stale');
    expect((await registered()).crm).toEqual([]);
  });

  it('of the run that holds the link is kept at both sides', async () => {
    const epoch = await takeOver();
    const { collections } = await register(activitiesWith(), epoch);
    expect(collections.map(({ collection, state }) => [collection, state])).toEqual([
      ['contacts', 'new'],
      ['appointments', 'new'],
      ['tasks', 'new'],
    ]);
    const { crm, cloud } = await registered();
    expect(crm).toHaveLength(3);
    expect(cloud).toEqual(crm);
  });

  it('of a collection that was loaded from another table waits for a new load', async () => {
    const loaded = `UPDATE tidegate.channel SET cursor = pg_current_snapshot(), mapping = jsonb_set(mapping, '{table}', '"crm.people"'), state = 'open'
                     WHERE collection = 'contacts' AND direction = 'forward'`;
    await link.crmAdmin.query(loaded);
    const { collections } = await register(activitiesWith(), await takeOver());
    expect(collections).toContainEqual({ collection: 'contacts', state: 'drifted', reason: expect.stringContaining('loaded from crm.people') as string });
    await link.crmAdmin.query(`UPDATE tidegate.channel SET cursor = NULL WHERE collection = 'contacts'`);
    expect((await register(activitiesWith(), await takeOver())).collections.map(({ state }) => state)).not.toContain('drifted');
  });
});
