import type { Client } from 'pg';

/** Columns of a contact that travel, at the CRM and under their names in the cloud. */
export const CONTACT_COLUMNS: readonly { readonly crm: string; readonly cloud: string }[] = [
  { crm: 'id', cloud: 'id' },
  { crm: 'given_name', cloud: 'first_name' },
  { crm: 'family_name', cloud: 'last_name' },
  { crm: 'company', cloud: 'organisation' },
  { crm: 'job_title', cloud: 'title' },
  { crm: 'emails', cloud: 'emails' },
  { crm: 'phones', cloud: 'phones' },
  { crm: 'addresses', cloud: 'addresses' },
  { crm: 'birthday', cloud: 'birthday' },
  { crm: 'note', cloud: 'notes' },
];

/** `a, b, c` of the columns of one side, with a prefix. */
export const columnList = (side: 'crm' | 'cloud', prefix = ''): string => CONTACT_COLUMNS.map((column) => `${prefix}${column[side]}`).join(', ');

/** A key made of a number, random as keys are: neighbours in time are none in the index. */
const KEY = `md5('contact ' || n)::uuid`;

/** Contacts of about 390 bytes as the table stores them. */
const INSERT = `
  insert into crm.contacts (id, given_name, family_name, company, job_title, emails, phones, addresses, birthday, note)
  select ${KEY}, 'Given ' || n % 5003, 'Family ' || n % 20011, 'Company ' || n % 1009, (array['Buyer', 'Engineer', 'Accountant', 'Caretaker'])[1 + n % 4],
         jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'contact' || n || '@work.example')),
         jsonb_build_array(jsonb_build_object('label', 'mobile', 'value', '+44 7700 900' || lpad((n % 1000)::text, 3, '0'))),
         '[]'::jsonb, case when n % 5 = 0 then date '1950-01-01' + (n % 20000)::int end,
         'Met at the fair in hall ' || n % 97 || '. Prefers to be called in the afternoon; see file ' || md5(n::text) || '.'
    from generate_series($1::int8, $2::int8) n`;

/** Adds contacts number `from` to `to` without their being captured: a load will carry them. */
export async function addContacts(crm: Client, from: number, to: number): Promise<void> {
  await crm.query('begin');
  await crm.query('set local session_replication_role = replica');
  await crm.query(INSERT, [from, to]);
  await crm.query('commit');
  await crm.query('vacuum analyze crm.contacts');
}

/** Average size of a contact as it is stored, in bytes. */
export async function contactBytes(crm: Client): Promise<number> {
  const { rows } = await crm.query<{ bytes: number }>('select avg(pg_column_size(c.*))::float8 as bytes from (select * from crm.contacts limit 10000) c');
  return Math.round(rows[0]?.bytes ?? 0);
}

/** Numbers of changes of each kind. */
export interface ChangeCounts {
  readonly updates: number;
  readonly inserts: number;
  readonly deletes: number;
}

/**
 * Changes contacts as the CRM's users do, in one transaction, and notes their keys in `bench.changed`. Keys to update or
 * delete are spread over the whole table; `round` makes each change another one.
 */
export async function changeContacts(crm: Client, { updates, inserts, deletes }: ChangeCounts, round: number): Promise<void> {
  await crm.query('truncate bench.changed');
  await crm.query(
    `insert into bench.changed (id, op)
     select id, case when place <= $1 then 'U' else 'D' end
       from (select id, row_number() over (order by md5(id::text || $3)) as place from crm.contacts) shuffled where place <= $1 + $2`,
    [updates, deletes, String(round)],
  );
  await crm.query(`insert into bench.changed (id, op) select md5('new ' || $2 || ' ' || n)::uuid, 'I' from generate_series(1, $1::int8) n`, [
    inserts,
    String(round),
  ]);
  await crm.query('analyze bench.changed');
  await crm.query('begin');
  await crm.query(`update crm.contacts c set job_title = 'Title ' || $1 from bench.changed b where b.id = c.id and b.op = 'U'`, [String(round)]);
  await crm.query(`delete from crm.contacts c using bench.changed b where b.id = c.id and b.op = 'D'`);
  await crm.query(`insert into crm.contacts (id, given_name, family_name, note) select id, 'New', 'Contact', 'Added' from bench.changed where op = 'I'`);
  await crm.query('commit');
}
