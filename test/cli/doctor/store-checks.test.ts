import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../cli/doctor/checks/capture.ts';
import { cloudCapture } from '../../../cli/doctor/checks/cloud-capture.ts';
import { configuration } from '../../../cli/doctor/checks/configuration.ts';
import { disk } from '../../../cli/doctor/checks/disk.ts';
import { links } from '../../../cli/doctor/checks/links.ts';
import { roles } from '../../../cli/doctor/checks/roles.ts';
import { settings } from '../../../cli/doctor/checks/settings.ts';
import { store } from '../../../cli/doctor/checks/store.ts';
import { judgeNode, judgePostgres, judgeTemporal, versions } from '../../../cli/doctor/checks/versions.ts';
import { type Patient, createPatient } from './doctor-fixture.ts';

/* Checks of a store and of what stands on this machine: each is well at first, then broken for real, then mended. */

let patient: Patient;
beforeAll(async () => {
  patient = await createPatient();
});
afterAll(() => patient[Symbol.asyncDispose]());

const crm = (sql: string) => patient.crmAdmin.query(sql);
const cloud = (sql: string) => patient.cloudAdmin.query(sql);

/** Breaks something, looks, mends it. */
async function whilst(broken: string, mended: string, look: () => Promise<readonly string[]>, on = crm): Promise<readonly string[]> {
  await on(broken);
  try {
    return await look();
  } finally {
    await on(mended);
  }
}

describe('settings', () => {
  it('are named where they are missing or wrong, without their values', async () => {
    expect(await patient.complaints(settings)).toEqual([]);
    const told = await patient.complaints(settings, { variables: { TIDEGATE_CLOUD_URL: undefined, TIDEGATE_CRM_REVERSE_URL: 'mysql://u:secret@h/d' } });
    expect(told).toEqual([expect.stringMatching(/^fault TIDEGATE_CRM_REVERSE_URL: /), expect.stringMatching(/^fault TIDEGATE_CLOUD_URL: /)]);
    expect(told.join()).not.toContain('secret');
    expect(await patient.complaints(settings, { side: 'cloud', variables: { TIDEGATE_TLS_KEY: '' } })).toEqual([expect.stringMatching(/TIDEGATE_TLS_KEY/)]);
    expect(await patient.complaints(settings, { variables: { TIDEGATE_CRM_APP_PROT: '4700', TIDEGATE_CRM_APP_PORT: '4700' } })).toEqual([
      'warning TIDEGATE_CRM_APP_PROT: nothing reads it: is it misspelt?',
    ]);
  });
});

describe('configuration', () => {
  it('has every fault told by its path', async () => {
    expect(await patient.complaints(configuration)).toEqual([]);
    const file = join(patient.folder, 'wrong.config.mjs');
    writeFileSync(file, `export default { links: [{ tenant: 'Acme', environment: 'test', link: 'hub', collections: [] }] };`);
    expect(await patient.complaints(configuration, { variables: { TIDEGATE_CONFIG: file } })).toEqual([
      expect.stringContaining('links.0.tenant'),
      expect.stringContaining('links.0.collections'),
    ]);
    expect(await patient.complaints(configuration, { variables: { TIDEGATE_CONFIG: `${file}.gone` } })).toEqual([
      expect.stringContaining(`${file}.gone cannot be read (ENOENT`),
    ]);
  });
});

describe('disk', () => {
  it('is told of before it is full', async () => {
    expect(await patient.complaints(disk)).toEqual([]);
    // A file system without any room.
    expect(await patient.complaints(disk, { variables: { TIDEGATE_HOME: '/proc/nowhere' } })).toEqual(['fault /proc: 0 MB are free']);
  });
});

describe('versions', () => {
  it('are those that Tidegate runs on', async () => {
    expect(await patient.complaints(versions)).toEqual([]);
    expect(await patient.complaints(versions, { side: 'cloud' })).toEqual([]);
    expect(
      [judgeNode('22.19.0'), judgePostgres('16.4 (Debian)'), judgePostgres('17.1'), judgeTemporal('1.23.9'), judgeTemporal('')].map((f) => f.severity),
    ).toEqual(['fault', 'fault', 'warning', 'fault', 'fault']);
  });
});

describe('store', () => {
  const url = (change: (url: URL) => void) => {
    const changed = new URL(patient.crm.urls.tidegate_reverse);
    change(changed);
    return { variables: { TIDEGATE_CRM_REVERSE_URL: changed.href } };
  };

  it('lets every role in, each under its own name, all to one database', async () => {
    expect(await patient.complaints(store)).toEqual([]);
    expect(await patient.complaints(store, { side: 'cloud' })).toEqual([]);
    expect(
      await patient.complaints(
        store,
        url((u) => (u.password = 'wrong-one')),
      ),
    ).toEqual([expect.stringContaining('does not let it in (SQLSTATE 28P01)')]);
    expect(
      await patient.complaints(
        store,
        url((u) => (u.port = '1')),
      ),
    ).toEqual([expect.stringContaining('tidegate_reverse: its store cannot be reached')]);
    expect(
      await patient.complaints(
        store,
        url((u) => (u.username = 'tidegate_consumer')),
      ),
    ).toEqual([expect.stringContaining('tidegate_consumer signs in in its place')]);
    expect(
      await patient.complaints(
        store,
        url((u) => (u.pathname = '/postgres')),
      ),
    ).toEqual([expect.stringContaining('it works on postgres, others on')]);
  });

  it('is this side’s, migrated by this version', async () => {
    const look = () => patient.complaints(store);
    expect(await whilst(`update tidegate.store set side = 'cloud'`, `update tidegate.store set side = 'crm'`, look)).toEqual([
      expect.stringContaining('store of the other side (cloud)'),
    ]);
    const history = 'tidegate._prisma_migrations';
    expect(await whilst(`update ${history} set rolled_back_at = now()`, `update ${history} set rolled_back_at = null`, look)).toEqual([
      expect.stringContaining('not applied: 2026'),
    ]);
    const newer = `insert into ${history} (id, checksum, migration_name, finished_at) values ('x', 'y', '29990101000000_later', now())`;
    expect(await whilst(newer, `delete from ${history} where id = 'x'`, look)).toEqual([expect.stringContaining('29990101000000_later')]);
  });
});

describe('roles', () => {
  it('hold exactly the rights of the list, at both sides', async () => {
    expect(await patient.complaints(roles)).toEqual([]);
    expect(await patient.complaints(roles, { side: 'cloud' })).toEqual([]);
    const look = () => patient.complaints(roles);
    const grant = (to: string, from: string) => [`${to}`, `${from}`] as const;
    const cases = [
      [
        ...grant('revoke insert on tidegate.window from tidegate_consumer', 'grant insert on tidegate.window to tidegate_consumer'),
        'tidegate_consumer: it lacks INSERT on window',
      ],
      [
        ...grant('grant insert on tidegate.accepted_message to tidegate_reverse', 'revoke insert on tidegate.accepted_message from tidegate_reverse'),
        'tidegate_reverse: it holds INSERT on accepted_message',
      ],
      [
        ...grant(
          'revoke update (spent_at) on tidegate.accepted_message from tidegate_consumer',
          'grant update (spent_at) on tidegate.accepted_message to tidegate_consumer',
        ),
        'tidegate_consumer: it lacks UPDATE (spent_at) on accepted_message',
      ],
      [
        ...grant(
          'revoke usage on sequence tidegate.change_log_id_seq from tidegate_reverse',
          'grant usage on sequence tidegate.change_log_id_seq to tidegate_reverse',
        ),
        'tidegate_reverse: it lacks USAGE on change_log_id_seq',
      ],
      [
        ...grant('grant create on schema tidegate to crm_page', 'revoke create on schema tidegate from crm_page'),
        'crm_page: it holds CREATE on schema tidegate',
      ],
    ] as const;
    for (const [broken, mended, told] of cases) expect(await whilst(broken, mended, look)).toEqual([expect.stringContaining(told)]);
    const registrar = ['revoke select on tidegate.link from tidegate_registrar', 'grant select on tidegate.link to tidegate_registrar'] as const;
    expect(await whilst(...registrar, () => patient.complaints(roles, { side: 'cloud' }), cloud)).toEqual([
      expect.stringContaining('tidegate_registrar: it lacks SELECT on link'),
    ]);
  });

  it('own nothing that goes round the rules', async () => {
    const told = await whilst('create schema stolen authorization tidegate_reverse', 'drop schema stolen', () => patient.complaints(roles));
    expect(told).toEqual(['fault tidegate_reverse: owns schema stolen']);
  });
});

describe('capture', () => {
  const look = () => patient.complaints(capture);

  it('has every trigger, and each fires', async () => {
    expect(await look()).toEqual([]);
    const trigger = 'tidegate_capture_update';
    expect(await whilst(`alter table crm.tasks disable trigger ${trigger}`, `alter table crm.tasks enable trigger ${trigger}`, look)).toEqual([
      `fault crm.tasks: ${trigger} is disabled`,
    ]);
    const guard = 'alter trigger tidegate_guard_delete on crm.tasks rename to elsewhere';
    expect(await whilst(guard, 'alter trigger elsewhere on crm.tasks rename to tidegate_guard_delete', look)).toEqual([
      'fault crm.tasks: tidegate_guard_delete is missing',
    ]);
  });

  it('has the rights that attaching gave', async () => {
    expect(
      await whilst('revoke select (subject) on crm.tasks from tidegate_consumer', 'grant select (subject) on crm.tasks to tidegate_consumer', look),
    ).toEqual(['fault crm.tasks: tidegate_consumer lacks SELECT (subject)']);
    expect(await whilst('revoke delete on crm.tasks from tidegate_reverse', 'grant delete on crm.tasks to tidegate_reverse', look)).toEqual([
      'fault crm.tasks: tidegate_reverse lacks DELETE',
    ]);
  });

  it('is for the tables as they are, and for this configuration', async () => {
    expect(await whilst('alter table crm.tasks rename column subject to topic', 'alter table crm.tasks rename column topic to subject', look)).toEqual([
      expect.stringMatching(/^fault tasks: .*column "subject" of field "subject" is not in crm.tasks/),
    ]);
    expect(await whilst('alter table crm.contacts alter note type varchar(9000)', 'alter table crm.contacts alter note type text', look)).toEqual([]);
    const other = JSON.stringify({
      links: [{ ...patient.link, collections: [{ name: 'accounts', table: 'crm.contacts', key: ['id'], fields: { id: 'id', note: 'note' } }] }],
    });
    const file = join(patient.folder, 'other.config.mjs');
    writeFileSync(file, `export default ${other};`);
    expect(await patient.complaints(capture, { variables: { TIDEGATE_CONFIG: file } })).toEqual([
      expect.stringContaining('attached for another configuration'),
    ]);
    const id = 'update tidegate.source set table_name = ';
    expect(await whilst(`${id}'x' where table_name = 'tasks'`, `${id}'tasks' where table_name = 'x'`, look)).toEqual([
      expect.stringContaining('crm.tasks: it is not attached'),
    ]);
  });

  it('is looked at on the cloud’s tables too', async () => {
    const at = () => patient.complaints(cloudCapture, { side: 'cloud' });
    await cloud(
      `create table records.gone (id int primary key); insert into tidegate.source (schema_name, table_name, key_columns, columns) values ('records', 'gone', '{id}', '{id}')`,
    );
    expect(await at()).toEqual(['fault records.gone: its triggers are missing or disabled']);
    await cloud('drop table records.gone');
    expect(await at()).toEqual(['fault records.gone: the table is gone']);
    await cloud(`delete from tidegate.source where table_name = 'gone'`);
    expect(await at()).toEqual([]);
  });
});

describe('links', () => {
  it('are open, and what stands still or waits is told with its reason', async () => {
    expect(await patient.complaints(links)).toEqual([]);
    const { name, link } = patient;
    await crm(
      `insert into tidegate.link (name, tenant, environment, link, state, state_reason) values ('${name}', '${link.tenant}', '${link.environment}', '${link.link}', 'stopped', 'the cloud was restored')`,
    );
    expect(await patient.complaints(links)).toEqual([`fault ${name}: it is stopped: the cloud was restored`]);
    await crm(`update tidegate.link set state = 'paused', state_reason = 'audit'`);
    expect(await patient.complaints(links)).toEqual([`warning ${name}: it is paused: audit`]);
    await crm(`update tidegate.link set state = 'open', state_reason = null`);
    await crm(
      `insert into tidegate.channel (link, collection, direction, state, state_reason) values ('${name}', 'tasks', 'forward', 'drifted', 'a column is gone')`,
    );
    await crm(`insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, detail, record, changed)
               values ('${name}', 'contacts', 'reverse', '{1}', 1, gen_random_uuid(), 'U', 'value-invalid', '', '{}', '')`);
    expect(await patient.complaints(links)).toEqual([
      `warning ${name} contacts: 1 record(s) are set aside`,
      `fault ${name} tasks: it is drifted: a column is gone`,
    ]);
  });
});
