import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundleForKillable } from '../support/killable-worker.ts';
import { type KilledLink, startKilledLink } from './killed-link.ts';

/*
 * The worker is killed between two steps, another one is started, and both stores must agree with every effect made once. Each
 * death is seconds of waiting for a heartbeat: three links wait beside each other.
 */

beforeAll(bundleForKillable, 120_000);

/** Of a test: each death costs seconds, more on a busy machine. */
const TIMEOUT_MS = 400_000;

describe('workers that are killed one after another', { concurrent: true }, () => {
  let link: KilledLink;
  beforeAll(async () => {
    link = await startKilledLink();
  }, 120_000);
  afterAll(() => link?.[Symbol.asyncDispose](), 60_000);

  it('in the initial load: it is begun anew, or found complete', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    await link.crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, 500) n`);
    const points = [
      ['chunk-opened', 2],
      ['chunk-receipted', 3],
      ['load-answered', 1],
    ] as const;
    await link.dieAt(points, async () => {
      // One that a chunk has brought already, and that the load which follows does not name.
      const [stored] = (await link.cloud(`SELECT id FROM cloud.people WHERE last_name <> 'Family 1' LIMIT 1`)) as { id: string }[];
      if (stored !== undefined) await link.crm(`DELETE FROM crm.contacts WHERE id = '${stored.id}'`);
      await link.tidegate().requestForward({ link: link.name, by: 'test' });
    });
    const [at] = (await link.crm(`SELECT count(*) AS n FROM crm.contacts`)) as { n: number }[];
    expect(at?.n).toBeLessThan(500);
    expect(await link.cloud(`SELECT count(*) AS n FROM cloud.people`)).toEqual([at]);
  });

  it('in the pump: nothing is lost, and no window is applied twice', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    const points = [
      ['window-prepared', 1],
      ['window-answered', 1],
      ['window-receipted', 1],
      ['requests-claimed', 1],
    ] as const;
    await link.dieAt(points, async (point) => {
      await link.crm(`UPDATE crm.contacts SET given_name = '${point}' WHERE family_name LIKE 'Family 1%'`);
      await link.crm(`DELETE FROM crm.contacts WHERE id IN (SELECT id FROM crm.contacts WHERE family_name LIKE 'Family 2%' LIMIT 1)`);
      await link.tidegate().requestForward({ link: link.name, by: 'test' });
    });
    expect(await link.cloud(`SELECT count(*) AS n FROM cloud.people`)).toEqual(await link.crm('SELECT count(*) AS n FROM crm.contacts'));
  });

  it('in reverse runs: each edit comes in once, under one message', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    const points = [
      ['window-fetched', 1],
      ['window-applied', 1],
    ] as const;
    await link.dieAt(points, async (point) => {
      await link.cloud(`UPDATE cloud.people SET notes = '${point}' WHERE last_name LIKE 'Family 3%'`);
      await link.tidegate().orderReverse({ link: link.name, by: 'test' });
    });
    const [edited] = await link.cloud<{ n: number }>(`SELECT count(*) AS n FROM cloud.people WHERE last_name LIKE 'Family 3%'`);
    expect(await link.crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = 'window-applied'`)).toEqual([{ n: edited?.n }]);
    expect(
      await link.crm(`SELECT count(*) AS n, count(DISTINCT message_id) AS messages FROM tidegate.ledger_entry WHERE after ->> 'note' = 'window-applied'`),
    ).toEqual([{ n: edited?.n, messages: 1 }]);
  });
});

/** Steps that every session of a forward run takes; what happens within loads and the pump is above. */
const FORWARD_STEPS = ['claimLink', 'checkCertificate', 'obtainToken', 'signOpening', 'openLink', 'verifyOpening', 'settleWindows', 'registerCollections'];

/** Steps from an order to the end of its run. */
const REVERSE_STEPS = [
  'claimReverseRequests',
  'signReverseMessage',
  'deliverReverseMessage',
  'verifyMessage',
  'openRun',
  'receiveWindow',
  'returnReceipt',
  'spendMessage',
  'verifyReceipts',
  'closeRun',
  'awaitReverseSync',
  'settleRequests',
];

/**
 * Each death costs the seconds of a heartbeat, so a run tries some of the steps; all of them with TIDEGATE_TEST_EVERY_STEP. They
 * stay in their order: a step that is retried after a death does not begin the session anew, and earlier ones do not come again.
 */
const pointsOf = (steps: readonly string[], some: readonly string[]) =>
  steps.filter((name) => process.env['TIDEGATE_TEST_EVERY_STEP'] !== undefined || some.includes(name)).map((name) => [`after ${name}`, 1] as const);

describe('workers that are killed between any two steps', { concurrent: true }, () => {
  let link: KilledLink;
  beforeAll(async () => {
    link = await startKilledLink();
    await link.load(100);
  }, 120_000);
  afterAll(() => link?.[Symbol.asyncDispose](), 60_000);

  it('of a session: the next one takes over, and nothing is lost', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    await link.dieAt(pointsOf(FORWARD_STEPS, ['openLink', 'registerCollections']), async (point) => {
      await link.crm(`UPDATE crm.contacts SET given_name = '${point}' WHERE family_name LIKE 'Family 4%'`);
      await link.tidegate().requestForward({ link: link.name, by: 'test' });
    });
    expect(await link.cloud(`SELECT DISTINCT first_name AS name FROM cloud.people WHERE last_name LIKE 'Family 4%'`)).toEqual([
      { name: 'after registerCollections' },
    ]);
  });

  it('of an order: each edit comes in once', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    const points = pointsOf(REVERSE_STEPS, ['signReverseMessage', 'deliverReverseMessage', 'spendMessage']);
    await link.dieAt(points, async (point) => {
      await link.cloud(`UPDATE cloud.people SET notes = '${point}' WHERE last_name LIKE 'Family 5%'`);
      await link.tidegate().orderReverse({ link: link.name, by: 'test' });
    });
    const entries = await link.crm<{ n: number; messages: number }>(`SELECT count(*) AS n, count(DISTINCT message_id) AS messages
      FROM tidegate.ledger_entry WHERE after ->> 'note' = '${points.at(-1)?.[0]}'`);
    const [edited] = await link.cloud<{ n: number }>(`SELECT count(*) AS n FROM cloud.people WHERE last_name LIKE 'Family 5%'`);
    expect(entries).toEqual([{ n: edited?.n, messages: 1 }]);
  });
});

describe('a worker that is frozen past its heartbeat', { concurrent: true }, () => {
  let link: KilledLink;
  beforeAll(async () => {
    link = await startKilledLink();
    await link.load(10);
  }, 120_000);
  afterAll(() => link?.[Symbol.asyncDispose](), 60_000);

  const windowsAt = (rows: KilledLink['crm']) =>
    rows(`SELECT collection, ordinal, batch_id, state, finished_at FROM tidegate.window WHERE direction = 'forward' ORDER BY 1, 2`);
  const refusals = () =>
    link.cloud(`SELECT id FROM tidegate.audit_event WHERE event = 'request-refused' AND code = 'epoch-stale' AND facts ->> 'method' = 'PUT' ORDER BY id`);
  const standing = async () => ({
    link: await link.crm('SELECT epoch, state FROM tidegate.link'),
    crm: await windowsAt(link.crm),
    cloud: await windowsAt(link.cloud),
  });

  it('is fenced when it thaws: the window that it still sends is refused', { concurrent: false, timeout: TIMEOUT_MS }, async () => {
    await link.crm(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Frozen', 'Worker')`);
    const frozen = await link.startWorker({ point: 'window-prepared', passing: 1, signal: 'SIGSTOP' });
    await link.tidegate().requestForward({ link: link.name, by: 'test' });
    await link.crm(`UPDATE crm.contacts SET given_name = 'Thawed' WHERE family_name = 'Worker'`);
    await vi.waitFor(() => expect(frozen.isFrozen()).toBe(true), 30_000);
    await link.startWorker();
    // Tasks that the server hands to the frozen worker are lost for the time of a heartbeat each.
    await link.converge(150_000);
    const [before, refused] = [await standing(), await refusals()];
    frozen.signal('SIGCONT');
    // The late write is made, and refused by the cloud: only then was anything tested.
    await vi.waitFor(() => expect(frozen.failures).toContainEqual({ activity: 'pumpWindows', code: 'epoch-stale' }), 30_000);
    expect(await refusals()).toHaveLength(refused.length + 1);
    await frozen.end();
    expect(await standing()).toEqual(before);
    await link.converge();
  });
});
