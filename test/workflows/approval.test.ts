import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { listDifferences, requirePlan } from '../../adaptor/data/planning/plan-rows.ts';
import { contacts, tasks } from '../../configuration/built-in.ts';
import { approvalRunId, planRunId, workflowIdOfRun } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { endLink } from '../support/end-link.ts';
import { historyText } from '../support/history-text.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* What waits for a user on a whole link: a first load, a reverse window that was set down, a truncated table, and the undo of a run. */

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  const deleteBudget = { forward: 50, reverse: 2 };
  link = await startTestLink({
    collections: [{ ...contacts, deleteBudget, approval: { firstLoad: true } }, tasks],
    link: { reverse: { maxRows: 5 } },
  });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'G', 'Family ' || n FROM generate_series(1, 40) n`);
  await crm(`INSERT INTO crm.tasks (subject) VALUES ('Call')`);
}, 120_000);
afterAll(() => endLink(link, worker), 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 50 });
const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;
const count = async (of: typeof crm, table: string) => (await of<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n;
const people = () => count(cloud, 'cloud.people');
const kept = () => count(crm, 'crm.contacts');
const waiting = () =>
  crm<{ id: number; kind: string; changes: number; deletes: number; direction: string }>(
    `SELECT id, kind, changes, deletes, direction FROM tidegate.approval WHERE state = 'waiting' AND collection = 'contacts' ORDER BY id`,
  );
const decide = (breach: number, approved = true) => tidegate().decideBreach({ link: link.name, breach, approved, by: 'anna', reason: 'it was meant' });
const handleOf = (approval: number) => worker.client.workflow.getHandle(approvalRunId(link.name, approval));
const outcomeAttribute = async (approval: number) => (await handleOf(approval).describe()).searchAttributes?.['TidegateOutcome'];
const order = async () => {
  const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
  await until(async () => expect(['done', 'failed']).toContain(await requestState(requestId)));
  return requestState(requestId);
};

/** Everything that both stores hold of the collections. */
async function fingerprint(): Promise<string> {
  const print = async (of: 'crmAdmin' | 'cloudAdmin', tables: readonly string[]) => {
    const parts = tables.map((table) => `(SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t), '[]') FROM ${table} t)::text`);
    return (await controlRow<{ print: string }>(link[of], `SELECT md5(concat(${parts.join(', ')})) AS print`))?.print;
  };
  return `${await print('crmAdmin', ['crm.contacts', 'crm.tasks', 'tidegate.ledger_entry'])} ${await print('cloudAdmin', ['cloud.people', 'cloud.todos'])}`;
}

describe('a first load that asks', () => {
  it('waits while others are loaded, is found in the Temporal UI, and goes on once it is approved', async () => {
    await tidegate().requestForward({ link: link.name, by: 'anna' });
    await until(async () => expect(await waiting()).toMatchObject([{ kind: 'first-load', changes: 40, deletes: 0, direction: 'forward' }]));
    await until(async () => expect(await count(cloud, 'cloud.todos')).toBe(1));
    expect(await people()).toBe(0);
    const [load] = await waiting();
    await until(async () => expect(await outcomeAttribute(load?.id ?? 0)).toEqual(['waiting']));
    await decide(load?.id ?? 0);
    await until(async () => expect(await people()).toBe(40));
    await until(async () => expect(await outcomeAttribute(load?.id ?? 0)).toEqual(['completed']));
    await until(async () =>
      expect(await crm(`SELECT state FROM tidegate.channel WHERE collection = 'contacts' AND direction = 'forward'`)).toEqual([{ state: 'open' }]),
    );
  }, 120_000);
});

describe('a reverse run that deletes too much', () => {
  let held: number;

  it('is set down whole: nothing of its windows is written, and a forged decision changes nothing', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 1', 'Family 2', 'Family 3')`);
    await cloud(`UPDATE cloud.people SET notes = 'from the cloud' WHERE last_name IN ('Family 4', 'Family 5')`);
    const before = await fingerprint();
    expect(await order()).toBe('failed');
    const [breach] = await waiting();
    expect(breach).toMatchObject({ kind: 'breach', deletes: 3, changes: 5 });
    held = breach?.id ?? 0;
    expect(await count(crm, 'tidegate.held_row')).toBe(5);
    // Whoever reaches Temporal is no user of the CRM: the update is refused, and a signal finds nothing decided.
    const forged = handleOf(held).executeUpdate('decide', { args: [{ approved: true, by: 'anna', reason: 'it was meant' }] });
    await expect(forged).rejects.toMatchObject({ cause: { type: 'decision-not-recorded' } });
    await handleOf(held).signal('look');
    expect(await crm(`SELECT code FROM tidegate.audit_event WHERE event = 'decision-refused'`)).toEqual([{ code: 'decision-not-recorded' }]);
    expect(await fingerprint()).toBe(before);
    expect(await outcomeAttribute(held)).toEqual(['waiting']);
  }, 90_000);

  it('comes in after a restart under a signed release, with its message long spent; the cloud gets its receipt', async () => {
    await worker.restart();
    await crm(`UPDATE tidegate.reverse_message SET expires_at = now() - interval '1 hour'`);
    await crm(`UPDATE tidegate.accepted_message SET expires_at = now() - interval '1 hour' WHERE kind = 'message'`);
    await decide(held);
    await until(async () => expect(await kept()).toBe(37));
    expect(await crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = 'from the cloud'`)).toEqual([{ n: 2 }]);
    const [release] = await crm<{ by: string; state: string; jws: string }>(
      `SELECT requested_by AS by, state, jws FROM tidegate.release WHERE act = 'approve' AND subject = $1`,
      [held],
    );
    expect(release).toMatchObject({ by: 'anna' });
    await until(async () =>
      expect(await crm(`SELECT state, trigger, applied FROM tidegate.run WHERE trigger = 'approval'`)).toEqual([
        { state: 'completed', trigger: 'approval', applied: 5 },
      ]),
    );
    expect(await cloud(`SELECT state FROM tidegate."window" WHERE collection = 'contacts' AND direction = 'reverse'`)).toEqual([{ state: 'receipted' }]);
    expect(await count(crm, 'tidegate.held_row')).toBe(0);
    await until(async () => expect(await outcomeAttribute(held)).toEqual(['completed']));
    const history = historyText(await handleOf(held).fetchHistory());
    expect(history).toContain('it was meant');
    expect(history).not.toContain('from the cloud');
    // It cannot be used twice, and the next message has the usual budget.
    expect(await codeOf(decide(held))).toBe('already-decided');
    expect(await order()).toBe('done');
  }, 120_000);

  it('leaves both stores byte for byte as they are when it is rejected, and forgets what was set down', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 11', 'Family 12', 'Family 13', 'Family 14', 'Family 15', 'Family 16')`);
    const before = await fingerprint();
    expect(await order()).toBe('failed');
    const [breach] = await waiting();
    // More than one window holds: all of them are counted before the first is written.
    expect(breach).toMatchObject({ deletes: 6, changes: 6 });
    expect(await count(crm, 'tidegate.held_row')).toBe(5);
    await decide(breach?.id ?? 0, false);
    await until(async () => expect(await outcomeAttribute(breach?.id ?? 0)).toEqual(['refused']));
    expect(await count(crm, 'tidegate.held_row')).toBe(0);
    await order();
    expect(await fingerprint()).toBe(before);
    // Approved after all: the next message brings it, at once, though the one before has not expired.
    await decide(breach?.id ?? 0);
    await until(async () => expect(await kept()).toBe(31));
    expect(await people()).toBe(31);
  }, 120_000);

  it('is not written where its rows were changed by hand meanwhile', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 21', 'Family 22', 'Family 23')`);
    expect(await order()).toBe('failed');
    const [breach] = await waiting();
    // Signed, then altered: the release names other rows than those that are written.
    await crm(`CREATE FUNCTION tidegate.forge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN UPDATE tidegate.held_row SET record = jsonb_set(record, '{id}', to_jsonb((SELECT id::text FROM crm.contacts WHERE family_name = 'Family 30'))) WHERE n = 1; RETURN NEW; END $$`);
    await crm(`CREATE TRIGGER forge AFTER UPDATE OF jws ON tidegate.release FOR EACH ROW EXECUTE FUNCTION tidegate.forge()`);
    const before = await fingerprint();
    await decide(breach?.id ?? 0);
    await until(async () => expect(await outcomeAttribute(breach?.id ?? 0)).toEqual(['refused']));
    await crm('DROP TRIGGER forge ON tidegate.release; DROP FUNCTION tidegate.forge()');
    expect(await crm(`SELECT error_code AS code FROM tidegate.release ORDER BY created_at DESC LIMIT 1`)).toEqual([{ code: 'release-mismatch' }]);
    expect(await fingerprint()).toBe(before);
    // Given up: the next run looks anew once the link is resumed.
    await tidegate().resume(link.name, { by: 'anna' });
    expect(await order()).toBe('failed');
    await decide((await waiting())[0]?.id ?? 0);
    await until(async () => expect(await kept()).toBe(28));
  }, 90_000);
});

describe('the undo of a reverse run', () => {
  const lastRun = async () =>
    (
      await crm<{ id: string }>(
        `SELECT id FROM tidegate.run WHERE direction = 'reverse' AND state = 'completed' AND applied > 0 ORDER BY started_at DESC LIMIT 1`,
      )
    )[0]?.id ?? '';
  const undo = async (run: string, exceptEdited = false) => {
    const started = await tidegate().undo({ link: link.name, run, exceptEdited, requestedBy: 'anna', reason: 'the import was wrong' });
    return { ...started, done: tidegate().awaitRelease(started.releaseId) };
  };
  /** What an undo would do, without it. */
  const preview = async (run: string) => {
    const { planId } = await tidegate().plan({ link: link.name, direction: 'reverse', collections: [], sample: 10, run, requestedBy: 'anna' });
    await tidegate().awaitPlan(planId);
    const { result, run: undone } = await requirePlan(link.consumer, link.name, planId);
    return { planId, undone, result, differences: await listDifferences(link.consumer, link.name, planId) };
  };

  it('puts before-images back as a ledgered run of its own; they travel to the cloud, and then all is quiet', async () => {
    await cloud(`UPDATE cloud.people SET notes = 'wrong', title = 'wrong too' WHERE last_name = 'Family 31'`);
    await cloud(`DELETE FROM cloud.people WHERE last_name = 'Family 32'`);
    await cloud(`INSERT INTO cloud.people (tenant, id, last_name) SELECT tenant, gen_random_uuid(), 'Newcomer' FROM cloud.people LIMIT 1`);
    const before = await crm(`SELECT id, given_name, family_name, note, job_title FROM crm.contacts ORDER BY id`);
    expect(await order()).toBe('done');
    expect(await count(crm, `crm.contacts WHERE family_name = 'Newcomer'`)).toBe(1);
    const run = await lastRun();
    const foreseen = await preview(run);
    expect(foreseen).toMatchObject({ undone: run, result: [{ collection: 'contacts', insert: 1, update: 1, delete: 1, quarantined: 0 }] });
    const told = foreseen.differences.map(({ outcome, field, before: now, after: then }) => [outcome, field, now, then]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['update', 'note', 'wrong', null],
        ['update', 'jobTitle', 'wrong too', null],
        ['insert', 'familyName', null, 'Family 32'],
        ['delete', null, null, null],
      ]),
    );
    const history = historyText(await worker.client.workflow.getHandle(planRunId(foreseen.planId)).fetchHistory());
    expect(history).not.toMatch(/wrong too|Family 32/);
    const { done } = await undo(run);
    expect(await done).toMatchObject({ outcome: 'applied' });
    expect(await crm(`SELECT id, given_name, family_name, note, job_title FROM crm.contacts ORDER BY id`)).toEqual(before);
    expect(await crm(`SELECT offered, applied, requested_by AS by FROM tidegate.run WHERE trigger = 'undo'`)).toEqual([{ offered: 3, applied: 3, by: 'anna' }]);
    await until(async () => {
      expect(await count(cloud, `cloud.people WHERE last_name = 'Newcomer'`)).toBe(0);
      expect(await cloud(`SELECT notes, title FROM cloud.people WHERE last_name IN ('Family 31', 'Family 32')`)).toEqual([
        { notes: null, title: null },
        { notes: null, title: null },
      ]);
    });
    const after = await fingerprint();
    expect(await order()).toBe('done');
    expect(await fingerprint()).toBe(after);
    // It is undone already.
    expect(await codeOf((await undo(run)).done)).toBe('undo-refused');
  }, 120_000);

  it('refuses what was edited since, by a user or by a later run, and lists it; the rest only where that is asked for', async () => {
    await cloud(`UPDATE cloud.people SET notes = 'first' WHERE last_name IN ('Family 33', 'Family 34', 'Family 35')`);
    expect(await order()).toBe('done');
    const run = await lastRun();
    await crm(`UPDATE crm.contacts SET job_title = 'Chair' WHERE family_name = 'Family 33'`);
    await until(async () => expect(await count(cloud, `cloud.people WHERE title = 'Chair'`)).toBe(1));
    await cloud(`UPDATE cloud.people SET notes = 'second' WHERE last_name = 'Family 34'`);
    expect(await order()).toBe('done');
    const before = await fingerprint();
    const { result, differences } = await preview(run);
    expect(result).toMatchObject([{ insert: 0, update: 1, delete: 0, quarantined: 2 }]);
    expect(differences.map(({ outcome, field, code }) => [outcome, field, code])).toEqual([
      ['quarantined', null, 'edited-since'],
      ['quarantined', null, 'edited-since'],
      ['update', 'note', null],
    ]);
    const refused = await undo(run);
    expect(await codeOf(refused.done)).toBe('undo-refused');
    expect(await fingerprint()).toBe(before);
    const names = await crm(
      `SELECT c.family_name AS name, r.code FROM tidegate.undo_refusal r JOIN crm.contacts c ON c.id::text = r.key[1] WHERE r.undo_id = $1 ORDER BY 1`,
      [refused.undo],
    );
    expect(names).toEqual([
      { name: 'Family 33', code: 'edited-since' },
      { name: 'Family 34', code: 'edited-since' },
    ]);
    expect(await (await undo(run, true)).done).toMatchObject({ outcome: 'applied' });
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name IN ('Family 33', 'Family 34', 'Family 35') ORDER BY family_name`)).toEqual([
      { note: 'first' },
      { note: 'second' },
      { note: null },
    ]);
  }, 120_000);

  it('of a forward run is refused with what to do instead', async () => {
    const [forward] = await crm<{ id: string }>(`SELECT id FROM tidegate.run WHERE direction = 'forward' LIMIT 1`);
    expect(await codeOf(undo(forward?.id ?? ''))).toBe('undo-forward');
    expect(await codeOf(undo('no-such-run'))).toBe('record-not-found');
    expect(await codeOf(preview(forward?.id ?? ''))).toBe('undo-forward');
    expect(await codeOf(preview('no-such-run'))).toBe('record-not-found');
  });
});

describe('a truncated table', () => {
  it('waits whatever the budget; rejected the cloud keeps its records, approved they go, and no more than shown', async () => {
    const n = await kept();
    await crm('TRUNCATE crm.contacts CASCADE');
    await until(async () => expect(await waiting()).toMatchObject([{ kind: 'truncate', deletes: n, direction: 'forward' }]));
    const [shown] = await waiting();
    expect(await people()).toBe(n);
    await decide(shown?.id ?? 0, false);
    await until(async () => expect(await outcomeAttribute(shown?.id ?? 0)).toEqual(['refused']));
    expect(await people()).toBe(n);
    await decide(shown?.id ?? 0);
    await until(async () => expect(await people()).toBe(0));
    const [run] = await crm<{ run: string }>('SELECT opened_run AS run FROM tidegate.link');
    expect(workflowIdOfRun(run?.run ?? '')).toContain('forward/');
  }, 90_000);
});
