import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Side } from '../../exchange/names.ts';
import type { KillableWorker } from '../support/killable-worker.ts';
import { type OwnLink, startOwnLink, until } from '../support/own-link.ts';

/*
 * Stores that are restarted, or killed under a window: that stops nothing, and nothing is lost or done twice. On real
 * clusters, a real producer and a worker in a process of its own.
 */

let own: OwnLink;
let worker: KillableWorker;

beforeAll(async () => {
  own = await startOwnLink();
  worker = await own.startWorker();
  await own.open();
}, 120_000);
afterAll(async () => {
  await worker?.end();
  await own?.[Symbol.asyncDispose]();
}, 60_000);

const linkState = () => own.crm('SELECT state, state_reason, generation FROM tidegate.link');

describe('a restart', () => {
  it.each(['crm', 'cloud', 'both'])(
    'of %s stops nothing',
    async (which) => {
      const { crm, cloud, stores } = own;
      const id = await own.newContact('Restarted');
      const before = await linkState();
      await Promise.all([which === 'cloud' ? undefined : stores.crm.restart(), which === 'crm' ? undefined : stores.cloud.restart()]);
      await crm(`UPDATE crm.contacts SET job_title = 'restarted' WHERE id = $1`, [id]);
      await cloud(`UPDATE cloud.people SET notes = 'restarted too' WHERE id = $1`, [id]);
      await until(async () => expect(await cloud('SELECT title FROM cloud.people WHERE id = $1', [id])).toEqual([{ title: 'restarted' }]));
      await own.pull();
      expect(await crm('SELECT note FROM crm.contacts WHERE id = $1', [id])).toEqual([{ note: 'restarted too' }]);
      expect(await linkState()).toEqual(before);
      await own.converged();
    },
    90_000,
  );
});

/** Statement triggers that hold a merge up, so that there is time to kill it: for as long as the session of a test holds a lock, which ends with the server. */
const TABLES = { crm: 'crm.contacts', cloud: 'cloud.people' } as const;
const HELD_UP = 20_261_129;
const HOLD_UP = (table: string) => `
  CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${HELD_UP}); RETURN NULL; END $$;
  CREATE TRIGGER hold_up AFTER UPDATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION public.hold_up()`;

/** Books of every window balance, none waits for an answer, and no number was used twice. */
async function expectWholeBooks(): Promise<void> {
  const { crm, cloud } = own;
  const faults = `SELECT collection, direction, ordinal FROM tidegate.window WHERE state IN ('receipted', 'applied')
    AND offered <> applied + unchanged + conflicted + quarantined + filtered`;
  expect([await crm(faults), await cloud(faults)]).toEqual([[], []]);
  expect(await crm(`SELECT collection, ordinal FROM tidegate.window WHERE direction = 'forward' AND state IN ('prepared', 'sent')`)).toEqual([]);
  const sent = `SELECT collection, ordinal, batch_id FROM tidegate.window WHERE direction = 'forward' AND state = ANY ($1) ORDER BY 1, 2`;
  expect(await cloud(sent, [['applied']])).toEqual(await crm(sent, [['receipted']]));
}

describe('killed in the middle of a merge', () => {
  describe.each(['cloud', 'crm'] as const)('the %s', (side: Side) => {
    it.each(['its backend', 'its server'])(
      '%s: the window is written once',
      async (what) => {
        const { crm, cloud, stores } = own;
        const [store, at] = [stores[side], side === 'crm' ? crm : cloud];
        const id = await own.newContact(`Killed ${what}`);
        const before = await linkState();
        await at(HOLD_UP(TABLES[side]));
        const holder = new Client({ connectionString: store.adminUrl });
        holder.on('error', () => undefined);
        await holder.connect();
        await holder.query('SELECT pg_advisory_lock($1)', [HELD_UP]);
        if (side === 'cloud') await crm(`UPDATE crm.contacts SET job_title = 'killed' WHERE id = $1`, [id]);
        else await cloud(`UPDATE cloud.people SET notes = 'killed' WHERE id = $1`, [id]);
        const pulled = side === 'crm' ? own.pull() : undefined;
        let backend = 0;
        await until(async () => {
          const [merging] = await at<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ILIKE '%merge into%'`);
          backend = merging?.pid ?? 0;
          expect(backend).toBeGreaterThan(0);
        });
        if (what === 'its server') await store.killAndStart();
        else process.kill(backend, 'SIGKILL');
        await until(async () => void (await at(`DROP TRIGGER hold_up ON ${TABLES[side]}; DROP FUNCTION public.hold_up()`)));
        await pulled;
        await holder.end();
        await own.converged();
        expect(await cloud('SELECT title, notes AS note FROM cloud.people WHERE id = $1', [id])).toEqual([
          side === 'cloud' ? { title: 'killed', note: null } : { title: null, note: 'killed' },
        ]);
        expect(await crm(`SELECT op FROM tidegate.ledger_entry WHERE key = ARRAY[$1]`, [id])).toEqual(side === 'cloud' ? [] : [{ op: 'U' }]);
        await until(expectWholeBooks);
        expect(await linkState()).toEqual(before);
      },
      90_000,
    );
  });
});
