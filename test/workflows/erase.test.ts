import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Pool } from 'pg';
import { awaitForwarded, awaitReceived } from '../../activities/erasure/await-told.ts';
import { beginErasure } from '../../activities/erasure/begin-erasure.ts';
import { closeErasure } from '../../activities/erasure/close-erasure.ts';
import { orderErasure } from '../../activities/erasure/order-erasure.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { contacts, tasks } from '../../configuration/built-in.ts';
import { writeErasure } from '../../adaptor/data/erasure/erasures.ts';
import { verifyLedger } from '../../adaptor/data/ledger/verify-ledger.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { workflowIdOfRun } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { historyText } from '../support/history-text.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { VALUE_COLUMNS } from '../support/value-columns.ts';

/* A person's values in every place where Tidegate keeps any, on a whole link; afterwards neither database has one of them. */

const CANARY = 'canary';
let link: TestLink;
let worker: TestWorker;
/** Points at which an activity fails once, as if its worker had died with its work done and nobody told. */
const dying = new Set<string>();

beforeAll(async () => {
  link = await startTestLink({ collections: [contacts, tasks] });
  worker = await startTestWorker((client, taskQueue) => {
    const options = workerOptions(link.context(client, taskQueue));
    const activities = Object.entries(options.activities as Record<string, (input: never) => Promise<unknown>>).map(([name, act]) => [
      name,
      async (input: never) => {
        const result = await act(input);
        if (dying.delete(name)) throw new TidegateError('worker-lost');
        return result;
      },
    ]);
    return { ...options, activities: Object.fromEntries(activities) };
  });
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await synchronised();
}, 120_000);
afterAll(async () => {
  const row = await controlRow<{ run: string }>(link.crmAdmin, 'SELECT opened_run AS run FROM tidegate.link');
  await worker.client.workflow
    .getHandle(workflowIdOfRun(row?.run ?? 'none/none'))
    .terminate()
    .catch(() => undefined);
  await tidegate().deleteSchedules(link.name);
  await worker[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
}, 60_000);

const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });
const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;
const synchronised = async () => {
  const { requestId } = await tidegate().requestForward({ link: link.name, by: 'test' });
  await until(async () => expect(await requestState(requestId)).toBe('done'));
};
const pulled = async () => {
  const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'test' });
  await until(async () => expect(await requestState(requestId)).toBe('done'));
};
const erase = async (id: string, collection = 'contacts') => {
  const started = await tidegate().erase({ link: link.name, collection, key: [id], requestedBy: 'olga', reason: 'the person asked for it' });
  await tidegate().awaitErasure(started);
  return started;
};

/** Tables of a database whose text holds the canary, with the number of their rows that do. */
async function singing(pool: Pool): Promise<readonly string[]> {
  const tables = await controlRows<{ name: string }>(
    pool,
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables)
    if ((await controlRow(pool, `SELECT FROM ${name} t WHERE t::text ILIKE $1 LIMIT 1`, [`%${CANARY}%`])) !== undefined) found.push(name);
  return found;
}

/** A contact whose values are in every place where any are kept. */
async function aPerson(): Promise<string> {
  const [row] = await crm<{ id: string }>(
    `INSERT INTO crm.contacts (given_name, family_name, note, residue) VALUES ('Canary', 'Canary', 'canary 1', '{"left": "canary residue"}') RETURNING id`,
  );
  const id = row?.id ?? '';
  await crm(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Other', 'Person')`);
  await synchronised();
  // The change log of both sides, the ledger, a conflict that the CRM wins.
  await cloud(`UPDATE cloud.people SET notes = 'canary 2', title = 'canary title' WHERE id = $1`, [id]);
  await pulled();
  await cloud(`UPDATE cloud.people SET notes = 'canary lost' WHERE id = $1`, [id]);
  await crm(`UPDATE crm.contacts SET note = 'canary 3' WHERE id = $1`, [id]);
  await pulled();
  await synchronised();
  const [batch] = await crm<{ batch_id: string }>('SELECT batch_id FROM tidegate.ledger_entry LIMIT 1');
  const aside = `INSERT INTO tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, detail, record, changed, actor, state)
    SELECT $1, 'contacts', d, ARRAY[$2], 1, $3::uuid, 'U', 'constraint-violated', 'd', '{"note": "canary aside"}', 'note', 'canary the user', s FROM (VALUES ('reverse', 'waiting'), ('forward', 'superseded')) v (d, s)`;
  await crm(aside, [link.name, id, batch?.batch_id]);
  await cloud(aside, [link.name, id, batch?.batch_id]);
  await crm(
    `INSERT INTO tidegate.release (link, act, subject, "values", requested_by, reason, state) SELECT $1, 'edit', id, '{"note": "canary given"}', 'anna', 'why', 'refused' FROM tidegate.quarantine LIMIT 1`,
    [link.name],
  );
  await crm(
    `INSERT INTO tidegate.conflict (link, collection, key, field, kind, crm_value, cloud_value, outcome, batch_id) VALUES ($1, 'contacts', ARRAY[$2], 'note', 'field', '"canary a"', '"canary b"', 'review', $3::uuid)`,
    [link.name, id, batch?.batch_id],
  );
  // A window that waits for approval, with a neighbour; what a plan has found; and what was sealed.
  await crm(
    `WITH held AS (INSERT INTO tidegate.held_window (batch_id, link, collection, ordinal, message_id, manifest) VALUES (gen_random_uuid(), $1, 'contacts', 99, gen_random_uuid(), 'm') RETURNING batch_id)
     INSERT INTO tidegate.held_row (batch_id, n, op, changed, actor, record, sealed)
     SELECT batch_id, n, 'U', 'note', 'canary the user', jsonb_build_object('id', id, 'note', value), jsonb_build_object('note', value)
       FROM held, (VALUES (1, $2, 'canary held'), (2, '00000000-0000-0000-0000-000000000000', 'a neighbour')) v (n, id, value)`,
    [link.name, id],
  );
  await crm(`UPDATE tidegate.held_row SET actor = NULL WHERE n = 2`);
  await crm(
    `WITH plan AS (INSERT INTO tidegate.plan (id, link, direction, collections, sample, requested_by, state, expires_at) VALUES (gen_random_uuid(), $1, 'reverse', '{}', 9, 'anna', 'done', now() + interval '1 hour') RETURNING id)
     INSERT INTO tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after) SELECT id, 1, 'contacts', ARRAY[$2], 'U', 'update', 'note', 'canary 3', 'canary to come' FROM plan`,
    [link.name, id],
  );
  await crm(
    `INSERT INTO tidegate.sealed_value (link, collection, key, field, version, token, key_id, ordinal) VALUES ($1, 'contacts', ARRAY[$2], 'note', 4, 'sealed:1:k:4:canary', 'k', 1)`,
    [link.name, id],
  );
  // An edit that no order has brought in yet.
  await cloud(`UPDATE cloud.people SET notes = 'canary waits' WHERE id = $1`, [id]);
  return id;
}

describe('a record that is erased', () => {
  it('leaves none of its values in either database, whichever step its worker dies after', async () => {
    const id = await aPerson();
    // Every table that is known to hold values: one that a new part brings has to be here, too.
    const places = Object.keys(VALUE_COLUMNS).map((table) => `tidegate.${table}`);
    expect(await singing(link.crmAdmin)).toEqual(['crm.contacts', ...places].toSorted());
    expect(await singing(link.cloudAdmin)).toEqual(['cloud.people', 'tidegate.change_log', 'tidegate.quarantine']);
    for (const step of [
      'beginErasure',
      'signRelease',
      'verifyRelease',
      'applyRelease',
      'closeRelease',
      'awaitForwarded',
      'orderErasure',
      'awaitReceived',
      'destroyValues',
      'closeErasure',
    ])
      dying.add(step);
    const { erasure, workflowId } = await erase(id);
    expect([...dying]).toEqual([]);
    expect(await singing(link.crmAdmin)).toEqual([]);
    expect(await singing(link.cloudAdmin)).toEqual([]);
    await pulled();
    await synchronised();
    expect(await singing(link.crmAdmin)).toEqual([]);
    expect(await singing(link.cloudAdmin)).toEqual([]);
    expect(await cloud('SELECT first_name FROM cloud.people')).toEqual([{ first_name: 'Other' }]);
    const [row] = await crm(`SELECT state, crm_destroyed, cloud_destroyed, receipt IS NOT NULL AS receipted FROM tidegate.erasure WHERE id = $1`, [erasure]);
    expect(row).toMatchObject({
      state: 'done',
      receipted: true,
      crm_destroyed: { conflicts: 2, quarantine: 2, releases: 1, heldRows: 1, plans: 1, sealedValues: 1 },
      cloud_destroyed: { quarantine: 2 },
    });
    expect(await crm('SELECT n FROM tidegate.held_row')).toEqual([{ n: 2 }]);
    // A ciphertext that the cloud had is older than the least that is taken.
    expect(await crm('SELECT version, accepted_version AS least, token, gone FROM tidegate.sealed_value')).toEqual([
      { version: 5, least: 5, token: null, gone: true },
    ]);
    expect(await crm(`SELECT subject FROM tidegate.audit_event WHERE event = 'record-erased'`)).toEqual([{ subject: String(erasure) }]);
    expect(await cloud(`SELECT subject FROM tidegate.audit_event WHERE event = 'record-erased' LIMIT 1`)).toEqual([{ subject: String(erasure) }]);
    expect((await verifyLedger(link.consumer, async () => [])).faults).toEqual([]);
    // The ledger still says that it was there, by its key and fields; the history of the run has neither.
    expect((await crm('SELECT op FROM tidegate.ledger_entry WHERE key = ARRAY[$1]', [id])).length).toBeGreaterThan(0);
    const text = historyText(await worker.client.workflow.getHandle(workflowId).fetchHistory());
    expect(text).not.toMatch(/canary/i);
  }, 60_000);

  it('may be made anew, and lives', async () => {
    const [row] = await crm<{ id: string }>(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Again', 'Person') RETURNING id`);
    const id = row?.id ?? '';
    await synchronised();
    await erase(id);
    await crm(`INSERT INTO crm.contacts (id, given_name, family_name) VALUES ($1, 'Anew', 'Person')`, [id]);
    await synchronised();
    expect(await cloud('SELECT first_name FROM cloud.people WHERE id = $1', [id])).toEqual([{ first_name: 'Anew' }]);
  });

  it('that the CRM has deleted before is erased where anything is left of it', async () => {
    const [row] = await crm<{ id: string }>(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Canary', 'Gone') RETURNING id`);
    await synchronised();
    await crm('DELETE FROM crm.contacts WHERE id = $1', [row?.id]);
    expect(await singing(link.crmAdmin)).toEqual(['tidegate.change_log']);
    await erase(row?.id ?? '');
    expect(await singing(link.crmAdmin)).toEqual([]);
    expect(await singing(link.cloudAdmin)).toEqual([]);
  });
});

describe('an erasure that cannot be', () => {
  it('says why, and nothing is done: other records refer to the record', async () => {
    const [row] = await crm<{ id: string }>(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Parent', 'Person') RETURNING id`);
    await synchronised();
    await link.crmAdmin.query('CREATE TABLE crm.refers (id uuid REFERENCES crm.contacts)');
    await crm('INSERT INTO crm.refers VALUES ($1)', [row?.id]);
    expect(await codeOf(erase(row?.id ?? ''))).toBe('constraint-violated');
    expect(await crm('SELECT state, error_code FROM tidegate.erasure ORDER BY id DESC LIMIT 1')).toEqual([
      { state: 'refused', error_code: 'constraint-violated' },
    ]);
    expect(await cloud('SELECT first_name FROM cloud.people WHERE id = $1', [row?.id])).toEqual([{ first_name: 'Parent' }]);
    await link.crmAdmin.query('DROP TABLE crm.refers');
  });

  it('says why: a key that is none, a link that is stopped', async () => {
    expect(await codeOf(erase('no uuid'))).toBe('key-invalid');
    const [row] = await crm<{ id: string }>('SELECT id FROM crm.contacts LIMIT 1');
    await crm(`UPDATE tidegate.link SET state = 'stopped'`);
    expect(await codeOf(erase(row?.id ?? ''))).toBe('link-stopped');
    await crm(`UPDATE tidegate.link SET state = 'open'`);
    expect(await crm('SELECT FROM crm.contacts WHERE id = $1', [row?.id])).toHaveLength(1);
  });
});

describe('the steps of an erasure', () => {
  const context = () => link.context(worker.client, worker.taskQueue);
  const asked = (key: string = randomUUID(), collection = 'tasks') =>
    writeErasure(link.consumer, { link: link.name, collection, key: [key], requestedBy: 'olga', reason: 'test' });
  const ORDER = `WITH m AS (INSERT INTO tidegate.reverse_message (id, link, jws, digest, cause, issued_at, expires_at, state)
      VALUES ($1::uuid, $2, 'jws', 'digest', 'user', now() + interval '20 seconds', now() + interval '5 minutes', 'signed') RETURNING id)
    INSERT INTO tidegate.reverse_message_collection (message_id, link, collection, fields, operations, after_ordinal, max_rows, max_windows, delete_budget)
    SELECT id, $2, 'tasks', '{}', '{I}', 0, 1, 1, 0 FROM m`;
  const spend = (id: string) =>
    crm(
      `WITH m AS (UPDATE tidegate.reverse_message SET state = 'spent' WHERE id = $1::uuid RETURNING id)
       UPDATE tidegate.reverse_message_collection c SET state = 'spent' FROM m WHERE c.message_id = m.id`,
      [id],
    );

  it('wait for the orders that are under way, also those of a worker whose clock is ahead, and for none that is signed later', async () => {
    const [before, later] = [randomUUID(), randomUUID()];
    const erasure = await asked();
    await crm(ORDER, [before, link.name]);
    let looks = 0;
    let isOver = false;
    // Only counts how often it is asked.
    const consumer = { query: (...args: Parameters<Pool['query']>) => (looks++, link.consumer.query(...args)) } as unknown as Pool;
    const received = awaitReceived({ consumer }, { link: link.name, erasure }).then(() => (isOver = true));
    await until(async () => expect(looks > 4 || isOver).toBe(true));
    expect(isOver).toBe(false);
    // One of another collection brings nothing of the record.
    await awaitReceived({ consumer: link.consumer }, { link: link.name, erasure: await asked(randomUUID(), 'contacts') });
    await spend(before);
    await crm(ORDER, [later, link.name]);
    await received;
    // Under one whose time is over nothing comes in any more.
    await crm(`UPDATE tidegate.reverse_message SET expires_at = now() - interval '1 second' WHERE id = $1`, [later]);
    await awaitReceived({ consumer: link.consumer }, { link: link.name, erasure });
    await spend(later);
  });

  it('wait until the cloud was told of all that happened to the record, and say why where that cannot be', async () => {
    const rows = await crm<{ id: string }>(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('To', 'Tell'), ('Not', 'Changed') RETURNING id`);
    await synchronised();
    const [changed = 0, unchanged = 0] = await Promise.all(rows.map(({ id }) => asked(id, 'contacts')));
    await crm('UPDATE tidegate.erasure SET wire_key = key WHERE id = ANY ($1)', [[changed, unchanged]]);
    // Of a record that was never on the wire the cloud has nothing.
    const unknown = await asked(rows[0]?.id, 'contacts');
    const woken: string[] = [];
    const ensureForwardChain = (name: string) => (woken.push(name), context().ensureForwardChain(name));
    const forwarded = (erasure: number) => codeOf(awaitForwarded({ ...context(), ensureForwardChain }, { link: link.name, erasure }));
    const channel = (state: string) => crm(`UPDATE tidegate.channel SET state = $1 WHERE collection = 'contacts' AND direction = 'forward'`, [state]);
    await tidegate().pause(link.name, { reason: 'told', by: 'olga' });
    // A window that was begun before may take along what changes after the link says that it is paused.
    await until(async () => expect((await tidegate().progress(link.name)).run?.paused).toBeTruthy());
    await crm(`UPDATE crm.contacts SET note = 'changed last' WHERE id = $1`, [rows[0]?.id]);
    expect([await forwarded(changed), await forwarded(unchanged), await forwarded(unknown)]).toEqual(['link-stopped', 'accepted', 'accepted']);
    for (const state of ['stopped', 'drifted']) {
      await channel(state);
      expect([await forwarded(changed), await forwarded(unchanged)]).toEqual(['collection-stopped', 'accepted']);
    }
    await channel('open');
    await tidegate().resume(link.name, { by: 'olga' });
    expect(woken).toEqual([]);
    expect(await forwarded(changed)).toBe('accepted');
    expect(await cloud('SELECT notes FROM cloud.people WHERE id = $1', [rows[0]?.id])).toEqual([{ notes: 'changed last' }]);
  });

  it('take no receipt of another erasure or collection', async () => {
    const erasure = await asked();
    await crm(`UPDATE tidegate.erasure SET wire_key = key WHERE id = $1`, [erasure]);
    const receipt = { ...link.setup.identity, collection: 'tasks', erasure, destroyed: { records: 1, changes: 2, quarantine: 0 } };
    const answering = (claims: typeof receipt) => {
      const producer = { erase: () => issue(link.producer.cloudKey, 'erasureReceipt', claims) };
      const links = new Map([[link.name, { ...link.setup, producer: producer as never }]]);
      return orderErasure({ ...context(), links }, { link: link.name, erasure });
    };
    for (const wrong of [{ erasure: erasure + 1 }, { collection: 'contacts' }]) expect(await codeOf(answering({ ...receipt, ...wrong }))).toBe('batch-refused');
    expect(await crm('SELECT receipt, cloud_destroyed FROM tidegate.erasure WHERE id = $1', [erasure])).toEqual([{ receipt: null, cloud_destroyed: null }]);
    // Rounds are added up: what an earlier one destroyed is in the end's numbers too.
    await answering(receipt);
    expect(await answering(receipt)).toEqual({ records: 2, changes: 4, quarantine: 0 });
    expect(await crm('SELECT cloud_destroyed AS d FROM tidegate.erasure WHERE id = $1', [erasure])).toEqual([{ d: { records: 2, changes: 4, quarantine: 0 } }]);
  });

  it('end an erasure once, and begin none that has ended or is another link’s', async () => {
    const erasure = await asked();
    const end = { link: link.name, erasure, runId: 'w/r', state: 'refused', errorCode: 'link-stopped' } as const;
    const events = () => crm(`SELECT event, code FROM tidegate.audit_event WHERE subject = $1`, [String(erasure)]);
    await closeErasure(context(), end);
    await closeErasure(context(), { ...end, state: 'done', errorCode: null });
    // The end that came first stays, and is told once.
    expect(await events()).toEqual([{ event: 'erasure-refused', code: 'link-stopped' }]);
    expect(await codeOf(beginErasure(context(), { link: link.name, erasure }))).toBe('already-decided');
    expect(await codeOf(beginErasure(context(), { link: 'acme/test/other', erasure }))).not.toBe('accepted');
  });
});
