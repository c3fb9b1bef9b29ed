import { valueCipher } from '../../adaptor/auth/sealing/value-cipher.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { DataCycle } from './data-cycle.ts';
import type { memoryKeys } from './seal-keys.ts';
import { type TwoStores, openTwoStores } from './two-stores.ts';

/** Two stores with a table of people, three of whose fields are sealed; loaded. */
export async function openSealedPeople(
  keys: ReturnType<typeof memoryKeys>,
  secret: string,
): Promise<{ readonly stores: TwoStores; readonly cycle: DataCycle }> {
  const stores = await openTwoStores({
    crmSql: `create table app.people (id int primary key, name text, note text, salary numeric(10,2), born date)`,
    cloudSql: `create table app.people (tenant text, id int, name text, note text, salary text, born text, primary key (tenant, id))`,
    collections: [
      {
        table: 'people',
        conflicts: 'cloud-wins',
        fields: ['id', 'name', { column: 'note', sealed: true }, { column: 'salary', sealed: true }, { column: 'born', sealed: true }],
      },
    ],
  });
  const cycle = new DataCycle(stores, { cipher: valueCipher(keys) });
  await stores.crm.page.query(
    `insert into app.people (id, name, note, salary, born) select n, 'person ' || n, $1 || n, n + 0.50, date '1970-01-01' + n from generate_series(1, 3) n`,
    [secret],
  );
  await cycle.load();
  await cycle.quiesce();
  return { stores, cycle };
}

/** A person as either store has it. */
export interface Person {
  readonly name: string;
  readonly note: string | null;
  readonly salary: string | null;
  readonly born: string | null;
}
/** A person at the cloud. */
export const personInCloud = async (stores: TwoStores, id: number): Promise<Person> =>
  (await controlRows<Person>(stores.cloud.admin, 'select name, note, salary, born from app.people where id = $1', [id]))[0] as Person;

/** A person at the CRM. */
export const personInCrm = async (stores: TwoStores, id: number): Promise<Person> =>
  (await controlRows<Person>(stores.crm.admin, 'select name, note, salary::text, born::text from app.people where id = $1', [id]))[0] as Person;

/** What came back and waits. */
export const waitingPeople = (stores: TwoStores) =>
  controlRows<{ key: string[]; code: string; field: string; detail: string; record: Record<string, string> }>(
    stores.crm.admin,
    `select key, code, field, detail, record from tidegate.quarantine where direction = 'reverse' and state = 'waiting' order by key`,
  );
