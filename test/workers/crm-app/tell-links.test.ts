import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePeriod } from '../../../adaptor/data/control/sync-periods.ts';
import { appointments, contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { type CrmDatabase, openCrmDatabase } from '../../../crm/database.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { tellLinks } from '../../../workers/crm-app/tell-links.ts';
import { addRun, clash, logChange, openLink, setAside } from '../../crm/control-plane.ts';
import { TEST_LINK, type TestCrm, startTestCrm } from '../../crm/test-crm.ts';

const { links } = checkConfig({
  links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, appointments, tasks], schedules: { reverseEveryMs: 60_000 } }],
});
let crm: TestCrm;
let database: CrmDatabase;

beforeAll(async () => {
  crm = await startTestCrm();
  database = openCrmDatabase(crm.pageUrl, 4);
});
afterAll(async () => {
  await database.close();
  await crm[Symbol.asyncDispose]();
});

/** What the CRM application tells, by series. Metrics of its own each time: what is read serves for a second. */
async function told(lines: string[] = [], of = links): Promise<ReadonlyMap<string, number>> {
  const metrics = new Metrics('crm-app', '1');
  tellLinks(metrics, pino({}, { write: (line) => void lines.push(line) }), database, of);
  const { text } = await metrics.expose();
  return new Map(text.split('\n').flatMap((line) => (line.startsWith('tidegate_') ? [[line.replace(/ \S+$/, ''), Number(/ (\S+)$/.exec(line)?.[1])]] : [])));
}
const of = (labels: string) => `{link="${TEST_LINK}",${labels}}`;
const channel = (collection: string, direction: string) => of(`collection="${collection}",direction="${direction}"`);

describe('what the CRM application tells of links', () => {
  it('says of a link that was never opened that nothing is proved, so that the alert comes', async () => {
    const series = await told();
    expect(series.get('tidegate_store_up')).toBe(1);
    expect(series.get(`tidegate_link_state${of('state="unopened"')}`)).toBe(1);
    expect(series.get(`tidegate_last_proven_timestamp_seconds${channel('contacts', 'forward')}`)).toBe(0);
    expect(series.get(`tidegate_collection_flowing${channel('contacts', 'forward')}`)).toBe(0);
    expect(series.get(`tidegate_expected_interval_seconds${of('direction="reverse"')}`)).toBe(60);
    expect(series.get(`tidegate_expected_interval_seconds${of('direction="forward"')}`)).toBe(300);
    expect([...series.keys()].filter((name) => name.startsWith('tidegate_last_run_good'))).toEqual([]);
  });

  it('follows the control plane: proofs, what waits, for how long, and why', async () => {
    await openLink(crm.admin);
    const before = await told();
    expect(before.get(`tidegate_link_state${of('state="open"')}`)).toBe(1);
    expect(before.get(`tidegate_lag_seconds${of('collection="contacts"')}`)).toBe(0);
    expect(before.get(`tidegate_collection_flowing${channel('contacts', 'forward')}`)).toBe(1);
    const [proof] = (
      await crm.admin.query(`select extract(epoch from proven_at)::float8 as at from tidegate.channel where collection = 'contacts' and direction = 'forward'`)
    ).rows;
    expect(before.get(`tidegate_last_proven_timestamp_seconds${channel('contacts', 'forward')}`)).toBeCloseTo(Number(proof.at), 2);

    await logChange(crm.admin, 'contacts', 'a', 'U');
    await crm.admin.query(`update tidegate.change_log set logged_at = now() - interval '1 hour'`);
    await setAside(crm.admin, 'contacts', 'b');
    await clash(crm.admin, 'contacts', 'c', 'note');
    await crm.admin.query(
      `insert into tidegate.sync_request (link, direction, cause, created_at) values ($1, 'reverse', 'user', now() - interval '10 minutes')`,
      [TEST_LINK],
    );
    await crm.admin.query(`update tidegate.link set state = 'stopped' where name = $1`, [TEST_LINK]);
    const after = await told();
    expect(after.get(`tidegate_lag_seconds${of('collection="contacts"')}`)).toBeGreaterThanOrEqual(3600);
    expect(after.get(`tidegate_records_waiting${of('collection="contacts"')}`)).toBe(1);
    expect(after.get(`tidegate_quarantine_records${channel('contacts', 'forward')}`)).toBe(1);
    expect(after.get(`tidegate_quarantine_records${channel('tasks', 'forward')}`)).toBe(0);
    expect(after.get(`tidegate_conflicts${of('collection="contacts"')}`)).toBe(1);
    expect(after.get(`tidegate_requests_waiting${of('direction="reverse"')}`)).toBe(1);
    expect(after.get(`tidegate_oldest_request_seconds${of('direction="reverse"')}`)).toBeGreaterThanOrEqual(600);
    expect(after.get(`tidegate_link_state${of('state="stopped"')}`)).toBe(1);
    expect(after.get(`tidegate_link_state${of('state="open"')}`)).toBe(0);
  });

  it('says in which directions a collection flows, state by state', async () => {
    const flows = async (state: string, reverse: string) => {
      await crm.admin.query(`update tidegate.channel set state = case direction when 'forward' then $1 else $2 end where collection = 'contacts'`, [
        state,
        reverse,
      ]);
      const series = await told();
      return ['forward', 'reverse'].map((direction) => series.get(`tidegate_collection_flowing${channel('contacts', direction)}`));
    };
    await crm.admin.query(`insert into tidegate.channel (link, collection, direction) values ($1, 'contacts', 'reverse') on conflict do nothing`, [TEST_LINK]);
    expect(await flows('loading', 'new')).toEqual([0, 0]);
    expect(await flows('loaded', 'new')).toEqual([1, 0]);
    expect(await flows('open', 'new')).toEqual([1, 1]);
    expect(await flows('open', 'drifted')).toEqual([1, 0]);
    expect(await flows('open', 'stopped')).toEqual([1, 0]);
    expect(await flows('stopped', 'open')).toEqual([0, 0]);
    expect(await flows('open', 'open')).toEqual([1, 1]);
  });

  it('expects a comparison of the stores only where one is scheduled', async () => {
    const unscheduled = links.map((link) => ({ ...link, reconciliation: { ...link.reconciliation, scheduled: false } }));
    expect((await told([], unscheduled)).has(`tidegate_expected_interval_seconds${of('direction="reconcile"')}`)).toBe(false);
  });

  it('expects proofs in the period that somebody has set, and else in that of the configuration', async () => {
    const expected = async () => {
      const series = await told();
      return ['forward', 'reverse'].map((direction) => series.get(`tidegate_expected_interval_seconds${of(`direction="${direction}"`)}`));
    };
    await writePeriod(crm.admin, TEST_LINK, 'forward', 45_000, 'olga');
    expect(await expected()).toEqual([45, 60]);
    await writePeriod(crm.admin, TEST_LINK, 'reverse', 90_000, 'olga');
    expect(await expected()).toEqual([45, 90]);
    await crm.admin.query('delete from tidegate.sync_period');
  });

  it('takes a complete run under a message as proof where the cloud had nothing, unless something was left', async () => {
    const proven = async () => (await told()).get(`tidegate_last_proven_timestamp_seconds${channel('contacts', 'reverse')}`) ?? NaN;
    const state = (of: string) => crm.admin.query(`update tidegate.run set state = $1, finished_at = now() where direction = 'reverse'`, [of]);
    expect(await proven()).toBe(0);
    const message = await addRun(crm.admin, 'reverse-1', 'reverse');
    await state('failed');
    expect(await proven()).toBe(0);
    expect((await told()).get(`tidegate_last_run_good${of('direction="reverse"')}`)).toBe(0);
    await state('completed');
    const [issued] = (await crm.admin.query('select extract(epoch from issued_at)::float8 as at from tidegate.reverse_message where id = $1', [message])).rows;
    expect(await proven()).toBeCloseTo(Number(issued.at), 2);
    expect((await told()).get(`tidegate_last_run_good${of('direction="reverse"')}`)).toBe(1);
    await crm.admin.query(`insert into tidegate.channel (link, collection, direction) values ($1, 'contacts', 'reverse') on conflict do nothing`, [TEST_LINK]);
    await crm.admin.query(
      `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, message_id, state, last)
       values ($1, 'contacts', 'reverse', 1, 'delta', gen_random_uuid(), $2, 'applied', false)`,
      [TEST_LINK, message],
    );
    expect(await proven()).toBe(0);
  });

  it('tells what the last comparison of the stores found, without what is being repaired', async () => {
    const differences = `tidegate_reconciliation_differences${of('collection="contacts"')}`;
    const at = `tidegate_last_reconciliation_timestamp_seconds${of('collection="contacts"')}`;
    expect((await told()).has(differences)).toBe(false);
    const add = (state: string, found: number, repaired: number | null, ago: string) =>
      crm.admin.query(
        `insert into tidegate.reconciliation (request_id, link, collection, trigger, state, differences, repaired, finished_at)
         values (gen_random_uuid(), $1, 'contacts', 'period', $2, $3, $4, now() - $5::interval)`,
        [TEST_LINK, state, found, repaired, ago],
      );
    await add('completed', 7, null, '2 hours');
    await add('failed', 9, null, '1 hour');
    const first = await told();
    expect(first.get(differences)).toBe(7);
    expect(Date.now() / 1000 - (first.get(at) ?? 0)).toBeGreaterThan(7000);
    expect(first.get(`tidegate_expected_interval_seconds${of('direction="reconcile"')}`)).toBe(86_400);
    await add('completed', 7, 5, '1 minute');
    expect((await told()).get(differences)).toBe(2);
  });

  it('answers a scrape when the store is away, and forgets what it no longer knows', async () => {
    const going = openCrmDatabase(crm.pageUrl, 2);
    const metrics = new Metrics('crm-app', '1');
    const lines: string[] = [];
    const log = pino({}, { write: (line) => void lines.push(line) });
    tellLinks(metrics, log, going, links);
    const { text: before } = await metrics.expose();
    expect(before).toMatch(/^tidegate_last_proven_timestamp_seconds\{/m);
    await going.close();
    // What was read serves for a second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { text } = await metrics.expose();
    expect(text).toContain('tidegate_store_up 0');
    for (const name of ['last_proven_timestamp_seconds', 'lag_seconds', 'link_state', 'quarantine_records', 'last_run_good'])
      expect(text).not.toMatch(new RegExp(`^tidegate_${name}\\{`, 'm'));
    expect(text).toContain('tidegate_expected_interval_seconds{');
    expect(lines.join('')).toContain('could not be read for metrics');
    expect(lines.join('')).not.toContain(new URL(crm.pageUrl).password);
  });
});
