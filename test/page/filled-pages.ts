import { randomUUID } from 'node:crypto';
import { TidegateError } from '../../exchange/errors.ts';
import { faultDetail } from '../../exchange/fault-details.ts';
import type { Pool } from 'pg';
import { NOTHING } from '../../adaptor/data/planning/plan-forward.ts';
import type { CollectionForecast } from '../../adaptor/data/planning/plan-rows.ts';
import { EMPLOYEE_PASSWORD, startTestCloudPage } from '../cloud/page/test-cloud-page.ts';
import { addRun, addWindow, clash, logChange, openLink, receive, setAside } from '../crm/control-plane.ts';
import { startTestCrm, TEST_LINK, USER_PASSWORD } from '../crm/test-crm.ts';
import { builtPage } from './built-page.ts';

/** What the plan on the page foresees. */
const PLANNED: CollectionForecast = { collection: 'contacts', ...NOTHING, update: 1 };

/** Both pages with something to show in every view. `await using` ends them. */
export interface FilledPages extends AsyncDisposable {
  readonly crm: {
    readonly address: string;
    readonly email: string;
    readonly password: string;
    readonly contactId: string;
    readonly longContactId: string;
    readonly appointmentId: string;
    /** Somebody else changes the contact. */ changeMeanwhile(): Promise<void>;
    /** Synchronisation stops by a fault, and goes on. */ stopLink(): Promise<void>;
    openLink(): Promise<void>;
  };
  readonly cloud: { readonly address: string; readonly email: string; readonly password: string };
}

const VERY_LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft '.repeat(3).trim();

/** Starts the pages of both sides on stores of their own and fills those by hand, as the parts that are not here would. */
export async function startFilledPages(): Promise<FilledPages> {
  const crm = await startTestCrm({ pageFolder: await builtPage() });
  const cloud = await startTestCloudPage({ pageFolder: await builtPage('cloud') });
  const { admin } = crm;
  const idOf = async (table: string, column: string, value: string): Promise<string> =>
    (await admin.query<{ id: string }>(`select id from crm.${table} where ${column} = $1`, [value])).rows[0]?.id ?? '';

  await admin.query(
    `insert into crm.accounts (name, industry, website, phone) values ('Analytical Engines Ltd', 'Machines', 'https://engines.example', '+44 20 7946 0958')`,
  );
  await admin.query(`
    insert into crm.contacts (family_name, given_name, company, job_title, emails, phones, birthday, note, credit_limit, private, account_id)
    select family, given, 'Analytical Engines Ltd', 'Engineer', jsonb_build_array(jsonb_build_object('label', 'work', 'value', lower(given) || '@engines.example')),
           '[{"label": "mobile", "value": "+44 7700 900123"}]', '1815-12-10', 'Prefers to be called in the morning.', 1200.50, family = 'Hopper', (select id from crm.accounts)
      from (values ('Lovelace', 'Ada'), ('Babbage', 'Charles'), ('Hopper', 'Grace'), ('Yonath', 'Ada'), ('Zuse', 'Konrad')) as people (family, given)`);
  await admin.query(
    `insert into crm.contacts (family_name, given_name, company, note) select 'Sample' || n, 'Person', 'Some company', null from generate_series(1, 40) as n`,
  );
  await admin.query(`insert into crm.contacts (family_name, given_name, company, job_title, note) values ($1, 'Ägidius', $1, $1, $1)`, [VERY_LONG]);
  await admin.query(
    `
    insert into crm.appointments (uid, summary, location, all_day, start_date, end_date, starts_at, ends_at, time_zone, recurrence, exceptions, status)
    values ('a', 'Trade fair', 'Hall 4', true, '2026-07-30', '2026-08-01', null, null, null, null, '[]', 'confirmed'),
           ('b', 'Call with Tokyo', null, false, null, null, '2026-07-30 17:00', '2026-07-30 17:30', 'Asia/Tokyo', null, '[]', 'tentative'),
           ('c', 'Team meeting', 'Room 2', false, null, null, '2026-07-06 09:30', '2026-07-06 10:15', 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,WE', '["2026-07-13T09:30:00"]', 'confirmed'),
           ('d', 'Payroll', null, false, null, null, '2026-07-31 10:00', '2026-07-31 11:00', 'Europe/Berlin', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '[]', 'confirmed'),
           ('e', $1, null, false, null, null, '2026-07-29 13:00', '2026-07-29 15:00', 'Europe/Berlin', null, '[]', 'cancelled')`,
    [VERY_LONG],
  );
  const contactId = await idOf('contacts', 'family_name', 'Lovelace');
  const other = await idOf('contacts', 'family_name', 'Babbage');
  await admin.query(
    `insert into crm.tasks (subject, due_date, due_time, time_zone, status, priority, contact_id)
     values ('Call back about the offer', '2020-01-01', null, null, 'open', 1, $1), ('Send the contract', '2030-05-01', '10:00', 'Europe/Berlin', 'in_progress', 5, null), ('Order the cake', null, null, null, 'done', 0, null)`,
    [contactId],
  );

  await openLink(admin);
  await addRun(admin, 'reverse/acme/test/hub/1', 'reverse');
  await addRun(admin, 'forward/acme/test/hub/1', 'forward');
  await addRun(admin, 'forward/acme/test/hub/2', 'forward', { state: 'failed' });
  await addWindow(admin, 'contacts', 'receipted', 'forward/acme/test/hub/1/r1');
  await receive(admin, 'contacts', contactId, ['jobTitle', 'note'], 'reverse/acme/test/hub/1/r1');
  await logChange(admin, 'contacts', other, 'U');
  await setAside(admin, 'contacts', other);
  await clash(admin, 'contacts', contactId, 'note');
  await clash(admin, 'contacts', other, 'jobTitle');
  await clash(admin, 'contacts', other, 'note');
  await admin.query(`update tidegate.conflict set outcome = 'review' where field = 'note'`);
  await admin.query(
    `insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, field, detail, record, changed)
     select $1, 'contacts', 'reverse', array[$2::text], n, gen_random_uuid(), 'U', code, field, detail, '{"note": "what an employee wrote", "birthday": "yesterday", "accountId": "7", "creditLimit": "9000"}', field
       from (values (1, 'constraint-violated', 'note', $3), (2, 'value-invalid', 'birthday', $4), (3, 'field-not-authorised', 'creditLimit', $5), (4, 'unknown-parent', 'accountId', $6),
                    (5, 'value-invalid', 'birthday', $7)) as aside (n, code, field, detail)`,
    [
      TEST_LINK,
      other,
      faultDetail('rule', 'P0001'),
      faultDetail('value-needed'),
      faultDetail('field-not-ordered'),
      faultDetail('parent-missing'),
      faultDetail('not-of-type', 'date'),
    ],
  );
  const drift = new TidegateError('schema-drifted', 'appointments: location: the type changed.');
  await admin.query(
    `update tidegate.channel set state = 'drifted', state_code = $1, state_reason = $2 where collection = 'appointments' and direction = 'forward'`,
    [drift.code, drift.message],
  );
  await admin.query(
    `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget, records) values ($1, 'tasks', 'forward', 'chain/run', 'delete-budget-exceeded', 12, 10, 5, 40)`,
    [TEST_LINK],
  );
  await admin.query(
    `insert into tidegate.channel (link, collection, direction, state, state_code, state_reason)
     values ($1, 'contacts', 'reverse', 'stopped', 'delete-budget-exceeded', '7 deletes, 5 allowed; it waits for approval (tidegate approve 2).')`,
    [TEST_LINK],
  );
  await admin.query(
    `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget, records, state, decided_at, decided_by, decided_reason)
     values ($1, 'contacts', 'reverse', 'message/run', 'delete-budget-exceeded', 9, 7, 5, 46, 'rejected', now(), 'ada@crm.example', 'nobody meant that')`,
    [TEST_LINK],
  );
  await admin.query(
    `with made as (insert into tidegate.reconciliation (request_id, link, collection, trigger, state, differences, kinds, waiting, created_at, finished_at)
       values (gen_random_uuid(), $1, 'contacts', 'period', 'completed', 2, '{"altered": 1, "missing": 1}', '{}', now(), now()) returning id)
     insert into tidegate.reconciliation_difference (reconciliation_id, key, local_key, kind, fields)
     select id, array[key], array[key], kind, fields from made, (values ($2, 'altered', array['note']), ($3, 'missing', '{}')) as d (key, kind, fields)`,
    [TEST_LINK, contactId, other],
  );
  await admin.query(
    `with made as (insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, result, expires_at)
       values (gen_random_uuid(), $1, 'reverse', '{}', 5, 'ada@crm.example', 'done', $3, now() + interval '1 hour') returning id)
     insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after)
     select id, 0, 'contacts', array[$2], 'U', 'update', 'note', 'old words', 'new words' from made`,
    [TEST_LINK, contactId, JSON.stringify([PLANNED])],
  );
  const undo = randomUUID();
  await admin.query(
    `with made as (insert into tidegate.plan (id, link, direction, collections, sample, run_id, requested_by, state, result, expires_at)
       values ($1::uuid, $2, 'reverse', '{}', 5, 'reverse/acme/test/hub/1/r1', 'ada@crm.example', 'done', $3, now() + interval '1 hour') returning id)
     insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after, code)
     select id, n, 'contacts', array[key], 'U', outcome, field, before, after, code from made,
       (values (0, $4, 'update', 'note', 'new words', 'old words', null), (1, $5, 'quarantined', null, null, null, 'edited-since')) d (n, key, outcome, field, before, after, code)`,
    [undo, TEST_LINK, JSON.stringify([{ ...PLANNED, quarantined: 1 }]), contactId, other],
  );
  // What is worked out stands there already.
  const { rows: plans } = await admin.query<{ id: string }>('select id from tidegate.plan where run_id is null');
  crm.control.plan = async ({ run }) => ({ planId: (run === undefined ? plans[0]?.id : undo) ?? '' });
  const restored = new TidegateError('incarnation-changed', "The cloud's store differs in systemId.");
  const setLink = async (state: string, reason: TidegateError | null): Promise<void> => {
    await admin.query(`update tidegate.link set state = $1, state_code = $2, state_reason = $3, state_at = clock_timestamp()`, [
      state,
      reason?.code ?? null,
      reason?.message ?? null,
    ]);
  };
  await fillCloud(cloud.store.admin);

  const listening = { host: '127.0.0.1', port: 0 };
  return {
    crm: {
      address: await crm.app.listen(listening),
      email: 'ada@crm.example',
      password: USER_PASSWORD,
      contactId,
      longContactId: await idOf('contacts', 'given_name', 'Ägidius'),
      changeMeanwhile: async () => {
        await admin.query(`update crm.contacts set job_title = 'Analyst ' || version where id = $1`, [contactId]);
      },
      stopLink: () => setLink('stopped', restored),
      openLink: () => setLink('open', null),
      appointmentId: await idOf('appointments', 'uid', 'c'),
    },
    cloud: { address: await cloud.app.listen(listening), email: 'abe@acme.example', password: EMPLOYEE_PASSWORD },
    [Symbol.asyncDispose]: async () => {
      await crm[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

/** Records and employees of the third party, in every state that its page shows. */
async function fillCloud(admin: Pool): Promise<void> {
  await admin.query(
    `insert into cloud.people (tenant, first_name, last_name, organisation, title, emails, phones, notes)
     select 'acme', first, last, 'Analytical Engines Ltd', 'Engineer', '[{"label": "work", "value": "ada@engines.example"}, {"label": "home", "value": "a@home.example"}]',
            '[{"label": "mobile", "value": "+44 7700 900123 4567"}]', 'Prefers to be called in the morning.'
       from (values ('Ada', 'Lovelace'), ('Grace', 'Hopper'), ('Ada', 'Yonath'), ($1, $1)) as people (first, last)`,
    [VERY_LONG],
  );
  await admin.query(
    `insert into cloud.people (tenant, first_name, last_name, organisation) select 'acme', 'Person', 'Sample' || n, 'Some company' from generate_series(1, 40) as n`,
  );
  await admin.query(
    `insert into cloud.todos (tenant, title, due_day, due_time, priority, status) values
       ('acme', 'Call back about the offer', '2026-12-24', '10:00', 1, 'NEEDS-ACTION'), ('acme', 'Send the contract', null, null, 5, 'IN-PROCESS'),
       ('acme', $1, '2020-01-01', null, 0, 'COMPLETED')`,
    [VERY_LONG],
  );
  await admin.query(
    `insert into cloud.events (tenant, uid, title, place, all_day, first_day, end_day, starts_at, ends_at, time_zone, rrule, status) values
       ('acme', 'a', 'Trade fair', 'Hall 4', true, '2026-07-30', '2026-08-01', null, null, null, null, 'CONFIRMED'),
       ('acme', 'b', 'Call with Tokyo', null, false, null, null, '2026-07-30 17:00', '2026-07-30 17:30', 'Asia/Tokyo', null, 'TENTATIVE'),
       ('acme', 'c', 'Team meeting', 'Room 2', false, null, null, '2026-07-06 09:30', '2026-07-06 10:15', 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,WE', 'CONFIRMED'),
       ('acme', 'd', $1, null, false, null, null, '2026-07-29 13:00', '2026-07-29 15:00', 'Europe/Berlin', null, 'CANCELLED')`,
    [VERY_LONG],
  );
  await admin.query(`insert into records."acme$products" (tenant, product, series, price) values ('acme', 'GTX', 'G', 550), ('acme', 'MG', 'M', 3393.50)`);
  await admin.query(
    `insert into cloud.employee_acts (tenant, act, employee, acted_by, role, from_role, created_at) values
       ('acme', 'added', 'kim@acme.example', 'first start', 'editor', null, '2026-07-01 08:00+00'),
       ('acme', 'role-changed', 'rea@acme.example', 'abe@acme.example', 'reader', 'editor', '2026-07-02 09:30+00')`,
  );
  await admin.query(`update cloud.employees set disabled_at = now() where email = 'kim@acme.example'`);
}
