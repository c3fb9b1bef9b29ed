import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destroyValues } from '../../../../adaptor/data/ledger/destroy-values.ts';
import { type RecordExplanation, explainRecord } from '../../../../adaptor/data/ledger/explain-record.ts';
import { explanationText } from '../../../../cli/explanation-text.ts';
import { type SourceInput, sourceOf } from '../../../support/captured-table.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { accept, apply, claimsFor } from '../release/release-fixture.ts';

const LINK = 'acme/test/hub';
const INPUT: SourceInput = {
  table: 'items',
  fields: ['id', 'name', { field: 'remark', column: 'note', conflicts: 'review' }, 'size'],
  filter: { sql: 'not hidden', columns: ['hidden'] },
};
let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, name text not null, note text, size varchar(5), hidden boolean not null default false, secret text)`,
    cloudSql: `create table app.items (tenant text, id int, name text not null, note text, size varchar(5), primary key (tenant, id))`,
    collections: [INPUT],
  });
  cycle = new DataCycle(stores);
  await asUser('uwe', `insert into app.items (id, name) select n, 'item ' || n from generate_series(1, 20) n`);
  await cycle.load(0, 100);
  await cycle.forward();
});
afterAll(() => stores[Symbol.asyncDispose]());

/** Runs SQL as a user of the CRM's page. */
async function asUser(user: string, sql: string): Promise<void> {
  const client = await stores.crm.page.connect();
  try {
    await client.query(`begin; select set_config('tidegate.actor', '${user}', true); ${sql}; commit`);
  } finally {
    client.release();
  }
}
const explain = (...key: string[]) => explainRecord(stores.crm.consumer, LINK, sourceOf(INPUT), key);
const told = (explained: RecordExplanation) => explained.story.map(({ kind, by, fields, op }) => [kind, op, by, fields]);
const fieldOf = (explained: RecordExplanation, field: string) => explained.fields.find((each) => each.field === field);
const hindrancesOf = async (key: string) => (await explain(key)).hindrances.map(({ hindrance, direction }) => [hindrance, direction]);
const admin = (sql: string) => stores.crm.admin.query(sql);

describe('the story of a record', () => {
  it('names who made, changed and sent it, the order that brought a value in, and where each value comes from', async () => {
    await asUser('ada', `update app.items set size = 'M', secret = 'x' where id = 1`);
    await cycle.forward();
    await asCloudUser(stores.cloud.user, `update app.items set note = 'from the cloud' where id = 1`);
    await cycle.reverse();
    const explained = await explain('1');
    expect(explained).toMatchObject({ present: true, inScope: true, synchronised: true, hindrances: [], key: ['1'], wireKey: ['1'] });
    expect(told(explained)).toEqual([
      ['changed-here', 'I', 'uwe', null],
      ['sent', null, null, null],
      ['changed-here', 'U', 'ada', ['size']],
      ['came-in', 'U', 'cloud user', ['remark']],
    ]);
    const [, load, change, came] = explained.story;
    expect(change).toMatchObject({ before: { size: null }, ordinal: 3, sequence: expect.any(Number), batchId: expect.any(String) });
    expect(load).toMatchObject({ ordinal: 1, sequence: expect.any(Number) });
    expect(came).toMatchObject({ order: 'message', before: { remark: null }, after: { remark: 'from the cloud' }, messageId: expect.any(String) });
    expect(fieldOf(explained, 'name')).toMatchObject({ value: 'item 1', from: 'crm', by: 'uwe', messageId: null });
    expect(fieldOf(explained, 'size')).toMatchObject({ value: 'M', from: 'crm', by: 'ada', batchId: change?.batchId });
    expect(fieldOf(explained, 'remark')).toMatchObject({
      value: 'from the cloud',
      from: 'cloud',
      by: 'cloud user',
      messageId: came?.messageId,
      since: came?.at,
    });
    expect(JSON.stringify(explained)).not.toContain('secret');
  });

  it('tells what was set aside, decided and released', async () => {
    await admin(`alter table app.items add constraint short check (length(note) < 20)`);
    await asCloudUser(stores.cloud.user, `update app.items set note = 'much too long for a note' where id = 2`);
    await cycle.reverse();
    const [aside] = (await explain('2')).hindrances;
    expect(aside).toMatchObject({
      hindrance: 'set-aside',
      direction: 'reverse',
      mend: expect.stringMatching(/^tidegate quarantine retry \| edit \| discard \d+/),
    });
    expect(aside?.says).toContain('constraint-violated');
    expect(aside?.says).not.toContain('much too long');
    const subject = (await explain('2')).story.find(({ kind }) => kind === 'set-aside')?.subject ?? 0;
    const { writeRelease } = await import('../../../../adaptor/data/control/releases.ts');
    const values = { remark: 'short' };
    const id = await writeRelease(stores.crm.consumer, { link: LINK, act: 'edit', subject, values, requestedBy: 'anna', reason: 'because' });
    const claims = await claimsFor(stores, { act: 'edit', subject, values }, { jti: id });
    await accept(stores, claims);
    expect(await apply(stores, claims, { values })).toBe('applied');
    await cycle.forward();
    const explained = await explain('2');
    expect(
      told(explained)
        .slice(-4)
        .map(([kind]) => kind),
    ).toEqual(expect.arrayContaining(['set-aside', 'set-aside-decided', 'came-in']));
    expect(fieldOf(explained, 'remark')).toMatchObject({ value: 'short', by: 'anna', messageId: id });
    expect(explained.hindrances).toEqual([]);
  });

  it('goes on after the record is gone, and after its values were destroyed', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set note = 'known' where id = 3; delete from app.items where id = 4`);
    await cycle.reverse();
    expect(await explain('4')).toMatchObject({
      present: false,
      inScope: null,
      fields: [],
      story: expect.arrayContaining([expect.objectContaining({ kind: 'came-in', op: 'D' })]),
    });
    const { rows } = await admin(`select id from tidegate.ledger_entry where key = '{3}'`);
    await destroyValues(stores.crm.consumer, { entries: rows.map(({ id }) => Number((id as string) ?? 0)), by: 'anna', reason: 'erasure' });
    const explained = await explain('3');
    expect(explained.story.slice(-2)).toMatchObject([
      { kind: 'came-in', before: null, after: null, detail: 'values-destroyed', fields: ['remark'] },
      { kind: 'values-destroyed', by: 'anna', detail: 'erasure' },
    ]);
  });

  it('is refused where there is none, and where the key is not one', async () => {
    await expect(explain('777')).rejects.toMatchObject({ code: 'record-not-found' });
    await expect(explain('1', '2')).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('is told in words, with the page of each run', async () => {
    const text = explanationText(await explain('1'), () => 'https://temporal.example/run');
    expect(text).toContain('Synchronised: nothing keeps it');
    expect(text).toMatch(/remark: from the cloud {2}<- the cloud, .*, cloud user, order [0-9a-f-]{36}/);
    expect(text).toMatch(/changed from the cloud remark \(cloud user\)\n {4}remark: \(empty\) -> from the cloud\n {4}message [0-9a-f-]{36}/);
  });
});

describe('why a record is not synchronised', () => {
  it('a change that is not receipted yet', async () => {
    await asUser('ada', `update app.items set name = 'changed' where id = 5`);
    expect(await hindrancesOf('5')).toEqual([['waiting', 'forward']]);
    expect((await explain('5')).story.at(-1)).toMatchObject({ kind: 'changed-here', detail: 'not receipted yet', ordinal: null });
    await cycle.forward();
    expect(await hindrancesOf('5')).toEqual([]);
  });

  it('the filter', async () => {
    await asUser('ada', `update app.items set hidden = true where id = 6`);
    await cycle.forward();
    const explained = await explain('6');
    expect(explained).toMatchObject({ present: true, inScope: false, synchronised: false });
    expect(explained.hindrances).toMatchObject([
      { hindrance: 'filtered', says: expect.stringContaining('not hidden'), mend: expect.stringContaining('Change hidden') },
    ]);
  });

  it('a conflict that nobody has decided', async () => {
    const here = `update app.items set note = 'here' where id = 7`;
    await asCloudUser(stores.cloud.user, `update app.items set note = 'there' where id = 7`);
    await asUser('ada', here);
    await cycle.reverse();
    const explained = await explain('7');
    expect(explained.hindrances.map(({ hindrance }) => hindrance)).toContain('conflict');
    expect(explained.hindrances.find(({ hindrance }) => hindrance === 'conflict')?.mend).toMatch(/^tidegate conflicts keep \d+/);
    expect(explained.story.find(({ kind }) => kind === 'conflict')).toMatchObject({ fields: ['remark'], before: { crm: 'here' }, after: { cloud: 'there' } });
  });

  it.each([
    [
      'link-paused',
      'both',
      `update tidegate.link set state = 'paused', state_reason = 'lunch', state_by = 'anna'`,
      `update tidegate.link set state = 'open'`,
      'tidegate resume',
    ],
    ['link-stopped', 'both', `update tidegate.link set state = 'stopped', state_reason = 'restored'`, `update tidegate.link set state = 'open'`, '--reload'],
    [
      'link-unopened',
      'both',
      `update tidegate.link set name = 'acme/test/hub2', link = 'hub2'`,
      `update tidegate.link set name = '${LINK}', link = 'hub'`,
      'tidegate sync',
    ],
    [
      'schema-drifted',
      'forward',
      `update tidegate.channel set state = 'drifted' where direction = 'forward'`,
      `update tidegate.channel set state = 'open' where direction = 'forward'`,
      '',
    ],
    [
      'collection-stopped',
      'reverse',
      `update tidegate.channel set state = 'stopped', state_reason = 'why' where direction = 'reverse'`,
      `update tidegate.channel set state = 'open', state_reason = null where direction = 'reverse'`,
      'tidegate resume',
    ],
    [
      'collection-not-open',
      'both',
      `update tidegate.channel set state = 'loading' where direction = 'forward'`,
      `update tidegate.channel set state = 'open' where direction = 'forward'`,
      'tidegate sync',
    ],
    ['not-captured', 'forward', `update tidegate.source set table_name = 'other'`, `update tidegate.source set table_name = 'items'`, 'tidegate attach items'],
    [
      'approval-needed',
      'forward',
      `insert into tidegate.approval (link, collection, direction, code, changes, deletes, delete_budget) values ('${LINK}', 'items', 'forward', 'delete-budget-exceeded', 9, 9, 1);
       update tidegate.channel set state = 'stopped' where direction = 'forward'`,
      `delete from tidegate.approval; update tidegate.channel set state = 'open' where direction = 'forward'`,
      'tidegate approve',
    ],
  ] as const)('%s', async (hindrance, direction, broken, mended, mend) => {
    await admin(broken);
    const { hindrances, synchronised } = await explain('8').finally(() => admin(mended));
    const found = hindrances.find((each) => each.hindrance === hindrance);
    expect(found).toMatchObject({ direction });
    expect(found?.mend).toContain(mend);
    expect(hindrances.filter((each) => !['link-unopened', 'collection-not-open'].includes(each.hindrance)).length).toBeLessThanOrEqual(1);
    expect(synchronised).toBe(false);
    expect(await hindrancesOf('8')).toEqual([]);
  });

  it('a load that the last run gave up, with what to do', async () => {
    await admin(`
      update tidegate.channel set state = 'new', cursor = null where direction = 'forward';
      insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state, error_code) values ('w/r', '${LINK}', 'forward', 'start', 'w', 'r', 'failed', 'connection-failed')`);
    const { hindrances } = await explain('8');
    expect(hindrances.find(({ hindrance }) => hindrance === 'collection-not-open')).toMatchObject({
      says: 'The initial load of items is not done.',
      mend: expect.stringContaining('The last run ended (connection-failed)'),
    });
  });
});
