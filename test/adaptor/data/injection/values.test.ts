import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { DataCycle } from '../../../support/data-cycle.ts';
import { handMadeWindow } from '../../../support/hand-made-window.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { valuesOf } from '../../../../adaptor/data/injection/read-ahead.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/** Values that JavaScript, CSV or a careless cast would damage, by type. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  text: [
    '',
    ' ',
    'a"b\'c,d',
    'two\nlines\r\n',
    '=HYPERLINK("x")',
    '__proto__',
    String.raw`\N \x41 \.`,
    '\u{1F600}\u0301\uFFFD',
    'NULL',
    '\u0001\u007F',
    'null',
  ],
  timestamptz: ['2026-01-02 03:04:05.123456+00', 'infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '294276-12-31 23:59:59.999999+00'],
  timestamp: ['1900-01-01 00:00:00.000001', 'infinity', '4714-11-24 00:00:00 BC'],
  date: ['2024-02-29', 'infinity', '0001-01-01 BC', '5874897-12-31'],
  time: ['24:00:00', '00:00:00.000001'],
  timetz: ['23:59:59.999999-12:30'],
  interval: ['P1Y2M3DT4H5M6.789012S', 'P-1D', 'PT24H'],
  numeric: ['123456789012345678901234567890.12345678901234567890', 'NaN', 'Infinity', '1.00', '0.000000000000000000001', '-0'],
  float8: ['NaN', '-Infinity', '1e-323', '0.1', '1.7976931348623157e308'],
  float4: ['3.4028235e38', '0.1'],
  int8: ['9223372036854775807', '-9223372036854775808'],
  jsonb: ['9007199254740993', '{"a": 12345678901234567890.10, "b": [null, "\\ud83d\\ude00", ""]}', '"text"', 'null'],
  json: ['{"z": 1,   "a": 1, "a": 2}'],
  bytea: ['', '\\x00ff10'],
  bool: ['true', 'false'],
  uuid: ['00000000-0000-0000-0000-00000000000a'],
  inet: ['::1/64', '10.0.0.1'],
  'text[]': ['{}', '{"a,b",NULL,"NULL","\\""}'],
  'int4[]': ['{{1,2},{3,NULL}}'],
  int4range: ['[1,5)', 'empty'],
  tsvector: ["'fat':2 'it''s':1"],
  'bit varying': ['', '0101'],
  'bit(4)': ['0101'],
  'character(3)': ['a  ', 'abc'],
  'character varying(4)': ['abcd', 'é́'],
  '"char"': ['x'],
  money: ['$1.00'],
  point: ['(1.5,-0)'],
  xml: ['<a b="c">&amp;</a>'],
  'app.mood': ['so, so'],
  'app.zip': ['12345'],
};

const TYPES = Object.keys(VALUES);
const ROWS = Math.max(...Object.values(VALUES).map((values) => values.length)) + 1;
let stores: TwoStores;

beforeAll(async () => {
  const types = `create type app.mood as enum ('so, so', 'good'); create domain app.zip as varchar(5) check (value ~ '^[0-9]+$');`;
  const columns = TYPES.map((type, i) => `v${i} ${type}`).join(', ');
  stores = await openTwoStores({
    crmSql: `${types} create table app.items (id int primary key, ${columns}, long text)`,
    cloudSql: `${types} create table app.items (tenant text, id int, ${columns}, long text, primary key (tenant, id))`,
    collections: [{ table: 'items', fields: ['id', ...TYPES.map((_, i) => `v${i}`), 'long'] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const columns = ['id', ...TYPES.map((_, i) => `v${i}`), 'md5(long) as long'];
/** Every value as PostgreSQL's binary form and as its text. */
const read = async (pool: Pool) =>
  (await pool.query(`select ${columns.map((c) => (c.startsWith('v') ? `${c}::text as ${c}` : c)).join(', ')} from app.items order by id`)).rows as Record<
    string,
    string | null
  >[];

it('every value comes through as it is: forward by load and by delta, and back', async () => {
  const cycle = new DataCycle(stores);
  const rows = Array.from({ length: ROWS }, (_, row) => [row, ...TYPES.map((type) => VALUES[type]?.[row] ?? null), row === 0 ? 'x'.repeat(3_000_000) : null]);
  const places = ['id', ...TYPES.map((_, i) => `v${i}`), 'long'];
  const insert = `insert into app.items (${places.join(', ')}) values (${places.map((_, i) => `$${i + 1}`).join(', ')})`;
  for (const row of rows.slice(0, 5)) await stores.crm.page.query(insert, row);
  await cycle.load();
  for (const row of rows.slice(5)) await stores.crm.page.query(insert, row);
  await cycle.forward();
  const original = await read(stores.crm.admin);
  expect(original).toHaveLength(ROWS);
  expect(await read(stores.cloud.admin)).toEqual(original);
  // The cloud's users move every row's values one row on.
  const moved = places
    .slice(1)
    .map((column) => `${column} = other.${column}`)
    .join(', ');
  await asCloudUser(stores.cloud.user, `update app.items i set ${moved} from app.items other where other.id = (i.id + 1) % ${ROWS}`);
  await cycle.reverse();
  const expected = original.map((row, i) => ({ ...original[(i + 1) % ROWS], id: row['id'] }));
  expect(await read(stores.crm.admin)).toEqual(expected);
  expect(await read(stores.cloud.admin)).toEqual(expected);
  expect(await cycle.quiesce()).toBe(0);
  const { rows: books } = await stores.crm.admin.query(`select sum(conflicted) as conflicted, sum(quarantined) as quarantined from tidegate."window"`);
  expect(books).toEqual([{ conflicted: '0', quarantined: '0' }]);
});

it('the empty string, NULL, and a value whose type is equal but whose text is not are told apart', async () => {
  const text = TYPES.indexOf('text');
  const numeric = TYPES.indexOf('numeric');
  const send = async (ordinal: number, fields: Record<string, string | null>) => {
    const row = { op: 'U', changed: Object.keys(fields).join('|'), fields: { id: '0', ...fields } } as const;
    return (await injectWindow(stores.cloud.producer, handMadeWindow(stores.cloudPlan, { ordinal, rows: [row], acknowledged: 1 }))).books;
  };
  const { rows } = await stores.cloud.admin.query(`select ordinal from tidegate.channel where direction = 'forward'`);
  let ordinal = Number((rows[0] as { ordinal: string }).ordinal);
  const value = async (n: number) => (await stores.cloud.admin.query(`select v${n}::text as value from app.items where id = 0`)).rows[0].value as string | null;
  for (const [n, given] of [
    [text, ''],
    [text, null],
    [numeric, '1.0'],
    [numeric, '1.00'],
  ] as const) {
    expect(await send(++ordinal, { [`v${n}`]: given })).toMatchObject({ applied: 1 });
    expect(await value(n)).toBe(given);
    expect(await send(++ordinal, { [`v${n}`]: given })).toMatchObject({ unchanged: 1 });
  }
});

it('the rows of a small window are read here only where COPY reads the same', async () => {
  const client = await stores.cloud.admin.connect();
  await client.query('create temp table copied (n int generated always as identity, a text, b text)');
  const read = { here: 0, not: 0 };
  const copied = async (bytes: Buffer): Promise<unknown> => {
    await client.query('truncate copied');
    await pipeline([bytes], client.query(copyFrom('copy copied (a, b) from stdin (format csv)')));
    return (await client.query({ text: 'select a, b from copied order by n', rowMode: 'array' })).rows;
  };
  const cells = fc.constantFrom('a', '"', '""', ',', '\n', '\r', '\\.', '\\', 'é', '\0', ' ', '"x"', '"x",\n', 'y,"z"\n', ',\n', '"",""\n');
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 7 }), async (parts) => {
        const bytes = Buffer.from(parts.join(''));
        const values = await valuesOf(bytes, 2);
        read[values === undefined ? 'not' : 'here'] += 1;
        if (values !== undefined) expect(values).toEqual(await copied(bytes));
      }),
      { numRuns: 400 },
    );
    expect(read.here).toBeGreaterThan(20);
    expect(read.not).toBeGreaterThan(20);
    expect(await valuesOf(Buffer.from([0x61, 0x2c, 0xff, 0x0a]), 2)).toBeUndefined();
  } finally {
    client.release(true);
  }
});
