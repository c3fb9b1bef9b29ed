import { afterAll, beforeAll, expect, test } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { describeCollection } from '../../../../adaptor/data/describe-collection.ts';
import { requireTableShape } from '../../../../adaptor/data/introspection.ts';
import { type CollectionPlan, makePlan } from '../../../../adaptor/data/plan.ts';
import { ensureChannels } from '../../../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../../../adaptor/data/state/link.ts';
import { type AppStore, TEST_LINK, createAppStore, sourceOf } from '../../../support/captured-table.ts';
import { Sender } from '../../../support/window-reading.ts';

/* Stores that make keys of their own: keys and references travel as wire keys, which record_link remembers. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

let store: AppStore<'crm'>;
let firms: CollectionPlan;
let staff: CollectionPlan;
let firmSender: Sender;
let staffSender: Sender;

const sql = (text: string) => store.admin.query(text);
const linksOf = (collection: string) =>
  controlRows<{ wire: string[]; local: string[] }>(
    store.admin,
    `SELECT wire_key AS wire, local_key AS local FROM tidegate.record_link WHERE collection = '${collection}' ORDER BY local_key`,
  );

beforeAll(async () => {
  store = await createAppStore('crm');
  await sql(
    'CREATE TABLE app.firms (id serial PRIMARY KEY, name text); CREATE TABLE app.staff (code text PRIMARY KEY, firm int REFERENCES app.firms, boss text)',
  );
  const linked = { kind: 'linked' as const, match: [] };
  const shape = (table: string) => requireTableShape(store.admin, 'app', table);
  const described = describeCollection(sourceOf({ table: 'firms', fields: ['id', 'name'], identity: linked }), await shape('firms'));
  const references = [
    { fields: ['firm'], collection: 'firms' },
    { fields: ['boss'], collection: 'staff' },
  ];
  const child = describeCollection(
    sourceOf({ table: 'staff', key: ['code'], fields: ['code', 'firm', 'boss'], identity: linked, references }),
    await shape('staff'),
    [described],
  );
  firms = makePlan({ link: TEST_LINK, side: 'crm', ...described });
  staff = makePlan({ link: TEST_LINK, side: 'crm', ...child });
  await ensureLink(store.admin, TEST_LINK);
  await ensureChannels(store.admin, firms.linkName, ['firms', 'staff']);
  for (const plan of [firms, staff]) await attachTable(store.admin, [plan]);
  await sql(`INSERT INTO app.firms (name) VALUES ('one'), ('two'); INSERT INTO app.staff VALUES ('a', 1, NULL), ('b', NULL, 'a')`);
  firmSender = await Sender.claim(store.admin, firms);
  staffSender = new Sender(store.admin, staff, firmSender.epoch);
});
afterAll(async () => store[Symbol.asyncDispose]());

test('the wire has the type of minted keys: uuid, or text where the table has text', () => {
  expect(firms.definition.fields.find(({ name }) => name === 'id')?.type).toBe('uuid');
  expect(staff.definition.fields.map(({ name, type }) => [name, type])).toEqual([
    ['code', 'text'],
    ['firm', 'uuid'],
    ['boss', 'text'],
  ]);
  expect(staff.linkedParents).toEqual(['firms', 'staff']);
});

test('a load mints keys, records them before it sends, and translates references by them', async () => {
  const parents = await firmSender.load();
  const children = await staffSender.load();
  const [one, two] = await linksOf('firms');
  expect(one?.wire[0]).toMatch(UUID);
  expect(parents.map(({ id, name }) => [id, name])).toEqual([
    [one?.wire[0], 'one'],
    [two?.wire[0], 'two'],
  ]);
  const [a, b] = await linksOf('staff');
  expect(children.map(({ code, firm, boss }) => [code, firm, boss])).toEqual([
    [a?.wire[0], one?.wire[0], null],
    [b?.wire[0], null, a?.wire[0]],
  ]);
  await firmSender.send();
  await staffSender.send();
});

test('a delta does the same; the key stays the same ever after, also for a tombstone', async () => {
  await sql(`INSERT INTO app.firms (name) VALUES ('three'); INSERT INTO app.staff VALUES ('c', 3, 'a')`);
  const children = await staffSender.send();
  const parents = await firmSender.send();
  const [, , three] = await linksOf('firms');
  expect(three?.local).toEqual(['3']);
  expect(parents?.content).toMatchObject([{ op: 'I', id: three?.wire[0] }]);
  expect(children?.content).toMatchObject([{ op: 'I', firm: three?.wire[0] }]);
  await sql(`UPDATE app.firms SET name = 'drei' WHERE id = 3`);
  expect((await firmSender.send())?.content).toMatchObject([{ op: 'U', changed: 'name', id: three?.wire[0] }]);
  await sql(`DELETE FROM app.staff WHERE code = 'c'; DELETE FROM app.firms WHERE id = 3`);
  expect((await firmSender.send())?.content).toEqual([{ op: 'D', changed: '*', base: null, actor: null, id: three?.wire[0], name: null }]);
});

test('records that came from the other side go by the key that they came with', async () => {
  const wire = '11111111-1111-4111-8111-111111111111';
  await sql(
    `INSERT INTO app.firms (id, name) VALUES (50, 'theirs'); INSERT INTO tidegate.record_link (link, collection, wire_key, local_key) VALUES ('${firms.linkName}', 'firms', '{${wire}}', '{50}')`,
  );
  await firmSender.send();
  await sql(`UPDATE app.firms SET name = 'ours' WHERE id = 50; INSERT INTO app.staff VALUES ('d', 50, NULL)`);
  expect((await firmSender.send())?.content).toMatchObject([{ op: 'U', id: wire }]);
  expect((await staffSender.send())?.content.find(({ firm }) => firm !== null)).toMatchObject({ firm: wire });
});

test('keys of several columns cannot be linked', async () => {
  await sql('CREATE TABLE app.pairs (a int, b int, PRIMARY KEY (a, b))');
  const shape = await requireTableShape(store.admin, 'app', 'pairs');
  expect(() => describeCollection(sourceOf({ table: 'pairs', key: ['a', 'b'], fields: ['a', 'b'], identity: { kind: 'linked', match: [] } }), shape)).toThrow(
    /one column/,
  );
});
