import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerCertificate } from '../../../adaptor/auth/register.ts';
import { addSealKey, ensureSealKeys, listSealKeys } from '../../../adaptor/auth/sealing/seal-key-file.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate, createAuthority } from '../../../adaptor/auth/certificate-authority.ts';
import { certificates } from '../../../cli/doctor/checks/certificates.ts';
import { clients } from '../../../cli/doctor/checks/clients.ts';
import { clocks } from '../../../cli/doctor/checks/clocks.ts';
import { keys } from '../../../cli/doctor/checks/keys.ts';
import { producer } from '../../../cli/doctor/checks/producer.ts';
import { sealKeys } from '../../../cli/doctor/checks/seal-keys.ts';
import { createTestAuthority } from '../../support/test-pki.ts';
import { contacts, tasks } from '../../../configuration/built-in.ts';
import { type Patient, createPatient, writeTls } from './doctor-fixture.ts';

/* Checks of who believes whom, and of the clocks that this hangs on. */

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
let patient: Patient;
/** TLS material that is valid for long: that of the patient's authority lasts an hour. */
let lasting: Record<string, string>;
beforeAll(async () => {
  patient = await createPatient();
  const authority = await createAuthority({ commonName: 'lasting', notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + 400 * DAY_MS });
  const times = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + 100 * DAY_MS };
  const issued = await issueCertificate(authority, { commonName: 'crm', role: 'client', dnsNames: ['crm.test'], ...times });
  const { TIDEGATE_SIGNING_KEY: _, ...files } = writeTls(patient.folder, 'lasting', {
    ca: authority.certificatePem,
    certificate: issued.certificatePem,
    key: issued.keyPem,
  });
  lasting = files;
});
afterAll(() => patient[Symbol.asyncDispose]());

const crm = (sql: string) => patient.crmAdmin.query(sql);
const cloud = (sql: string) => patient.cloudAdmin.query(sql);

/** What no guard lets through, as a superuser who switches the triggers off. */
const unguarded = (statement: string): string => `set session_replication_role = replica; ${statement}; reset session_replication_role`;

describe('certificates', () => {
  const at = (nowMs: number) => patient.complaints(certificates, { variables: lasting, nowMs: () => nowMs });

  it('are in their time, and are told of a month before they expire', async () => {
    expect(await at(Date.now())).toEqual([]);
    expect(await at(Date.now() + 80 * DAY_MS)).toEqual([expect.stringMatching(/^warning .*lasting-certificate.pem: it expires in (19|20) days/)]);
    expect(await at(Date.now() + 101 * DAY_MS)).toEqual([expect.stringMatching(/^fault .*lasting-certificate.pem: it expired at 20/)]);
    expect(await at(Date.now() - 2 * HOUR_MS)).toEqual([expect.stringMatching(/^fault .*lasting-certificate.pem: it is not valid before/)]);
    // Those of the patient last an hour, at the cloud too.
    expect(await patient.complaints(certificates, { side: 'cloud' })).toEqual([
      expect.stringMatching(/^warning .*cloud-certificate.pem: it expires in 0 days/),
      expect.stringMatching(/^warning .*cloud-ca.pem: it expires in 0 days/),
    ]);
  });

  it('come with a revocation list that is of the authority and not too old, where one is named', async () => {
    const { authority } = patient.producer;
    const file = join(patient.folder, 'crl.pem');
    const look = (text: string) => {
      writeFileSync(file, text);
      return patient.complaints(certificates, { variables: { ...lasting, TIDEGATE_TLS_CA: join(patient.folder, 'crm-ca.pem'), TIDEGATE_TLS_CRL: file } });
    };
    const ofList = async (text: string) => (await look(text)).filter((complaint) => complaint.includes('crl.pem'));
    expect(await ofList(await authority.revoke([]))).toEqual([]);
    expect(await ofList(await authority.revoke([], Date.now() - 60_000))).toEqual([expect.stringMatching(/^warning .*a newer list was promised for/)]);
    expect(await ofList(await (await createTestAuthority()).revoke([]))).toEqual([expect.stringMatching(/^fault .*not signed by the authority/)]);
    expect(await ofList('')).toEqual([expect.stringMatching(/^fault .*holds no PEM block/)]);
  });

  it('have their own key, which nobody else may read', async () => {
    const changed = (name: string, file: string) => patient.complaints(certificates, { variables: { ...lasting, [name]: file } });
    expect(await changed('TIDEGATE_TLS_KEY', join(patient.folder, 'crm-key.pem'))).toEqual([expect.stringContaining('it belongs to another certificate')]);
    const key = lasting['TIDEGATE_TLS_KEY'] ?? '';
    chmodSync(key, 0o644);
    expect(await at(Date.now())).toEqual([expect.stringContaining('set its mode to 0600')]);
    chmodSync(key, 0o600);
    expect(await changed('TIDEGATE_TLS_CERTIFICATE', `${key}.gone`)).toEqual([expect.stringContaining('cannot be read')]);
    const garbage = join(patient.folder, 'garbage.pem');
    writeFileSync(garbage, 'garbage', { mode: 0o600 });
    expect(await changed('TIDEGATE_TLS_CA', garbage)).toEqual([`fault ${garbage}: it is no certificate`]);
    expect(await changed('TIDEGATE_TLS_KEY', garbage)).toEqual([expect.stringContaining('it is no private key')]);
  });
});

describe('keys', () => {
  it('sign for every link, and are registered, active and in their time', async () => {
    const look = () => patient.complaints(keys);
    const party = `crm:${patient.name}`;
    expect(await look()).toEqual([]);
    const set = (what: string, which: string) => crm(unguarded(`update tidegate.trusted_key set ${what} where party = '${which}'`));
    const late = `not_after = now() + interval '100 days'`;
    await set(`not_after = now() + interval '10 days'`, party);
    expect(await look()).toEqual([expect.stringMatching(`^warning ${party}: its key expires in (9|10) days`)]);
    await set(`not_after = now() - interval '1 minute'`, party);
    expect(await look()).toEqual([`fault ${party}: its key is not in its time`]);
    await set(`${late}, state = 'revoked'`, party);
    expect(await look()).toEqual([`fault ${party}: its key is revoked`]);
    await set(`state = 'active'`, party);
    await set(`party = 'cloud:x/y/z'`, `cloud:${patient.name}`);
    expect(await look()).toEqual([`fault cloud:${patient.name}: its key is not registered`]);
    await set(`party = 'cloud:${patient.name}'`, 'cloud:x/y/z');
    expect(await look()).toEqual([]);
  });

  it('stand in a file of this side alone', async () => {
    const other = { variables: { TIDEGATE_SIGNING_KEY: join(patient.folder, 'cloud.jwk') } };
    expect(await patient.complaints(keys, other)).toEqual([expect.stringContaining(`fault crm:${patient.name}: ${patient.folder}/cloud.jwk holds no key`)]);
    const broken = join(patient.folder, 'broken.jwk');
    writeFileSync(broken, readFileSync(join(patient.folder, 'crm.jwk'), 'utf8').slice(0, 80), { mode: 0o600 });
    const told = await patient.complaints(keys, { variables: { TIDEGATE_SIGNING_KEY: broken } });
    expect(told).toEqual([expect.stringContaining('does not hold private Ed25519 keys')]);
  });

  it('are those of every link that the cloud serves', async () => {
    // The producer of these tests signs with a key of its own, registered beside the file's.
    expect(await patient.complaints(keys, { side: 'cloud' })).toEqual([]);
    await cloud(`update tidegate.trusted_key set state = 'revoked' where party = 'crm:${patient.name}'`);
    expect(await patient.complaints(keys, { side: 'cloud' })).toEqual([`fault crm:${patient.name}: its key is revoked`]);
    await cloud(unguarded(`update tidegate.trusted_key set state = 'active', revoked_at = null where party = 'crm:${patient.name}'`));
  });
});

describe('keys of sealed fields', () => {
  /** As the company's configuration, with one sealed field. */
  const sealingConfig = (): string => {
    const file = join(patient.folder, 'sealing.config.mjs');
    const sealing = { ...tasks, fields: { ...tasks.fields, note: { column: 'note', sealed: true } } };
    writeFileSync(file, `export default ${JSON.stringify({ links: [{ ...patient.link, collections: [contacts, sealing] }] })};`);
    return file;
  };
  const look = (variables: Record<string, string> = {}) => patient.complaints(sealKeys, { variables });

  it('are needed where something is sealed, and lie in a file that nobody else reads and that holds keys', async () => {
    const file = join(patient.folder, 'seal-keys.json');
    const sealing = { TIDEGATE_CONFIG: sealingConfig() };
    expect(await look()).toEqual([]);
    expect(await look(sealing)).toEqual([expect.stringMatching(/^fault TIDEGATE_SEAL_KEYS: it is not set/)]);
    const named = { ...sealing, TIDEGATE_SEAL_KEYS: file };
    expect(await look(named)).toEqual([expect.stringContaining(`fault ${file}: The configuration is wrong. ${file} cannot be read`)]);
    await ensureSealKeys(file);
    expect(await look(named)).toEqual([]);
    chmodSync(file, 0o604);
    expect(await look(named)).toEqual([expect.stringContaining('set its mode to 0600')]);
    chmodSync(file, 0o600);
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.replace(/"current": "[^"]*"/, '"current": "seal-none"'));
    expect(await look(named)).toEqual([expect.stringContaining('does not hold keys for sealed fields')]);
    writeFileSync(file, whole);
  });

  it('are all there that stored values are under', async () => {
    const file = join(patient.folder, 'more-seal-keys.json');
    await ensureSealKeys(file);
    const [first] = await listSealKeys(file);
    await addSealKey(file);
    const store = (key: string, keyId: string) =>
      patient.crmAdmin.query(
        `insert into tidegate.sealed_value (link, collection, key, field, version, token, key_id, ordinal) values ($1, 'tasks', array[$2], 'note', 1, 'sealed:1:x', $3, 1)`,
        [patient.name, key, keyId],
      );
    const { tenant, environment, link } = patient.link;
    await crm(`insert into tidegate.link (name, tenant, environment, link) values ('${patient.name}', '${tenant}', '${environment}', '${link}')`);
    await crm(`insert into tidegate.channel (link, collection, direction, ordinal) values ('${patient.name}', 'tasks', 'forward', 1)`);
    await store('a', first?.keyId ?? '');
    expect(await look({ TIDEGATE_SEAL_KEYS: file })).toEqual([]);
    await store('b', 'seal-gone');
    expect(await look({ TIDEGATE_SEAL_KEYS: file })).toEqual([
      `fault seal-gone: 1 values of ${patient.name} tasks are sealed under it, and the file does not hold it`,
    ]);
    expect(await look()).toEqual([expect.stringMatching(/^fault TIDEGATE_SEAL_KEYS: it is not set/)]);
    await crm('delete from tidegate.sealed_value; delete from tidegate.channel; delete from tidegate.link');
  });
});

describe('clients of the cloud', () => {
  it('have a certificate that is registered, active and in its time', async () => {
    const look = () => patient.complaints(clients, { side: 'cloud' });
    expect(await look()).toEqual([]);
    const party = `crm:${patient.name}`;
    await cloud(`update tidegate.trusted_certificate set not_after = now() + interval '5 days'`);
    expect(await look()).toEqual([expect.stringMatching(`^warning ${party}: its certificate expires in [45] days`)]);
    await cloud(`update tidegate.trusted_certificate set not_after = now() - interval '1 hour'`);
    expect(await look()).toEqual([`fault ${party}: its certificate has expired`]);
    await cloud(`update tidegate.trusted_certificate set not_after = now() + interval '100 days', state = 'revoked'`);
    expect(await look()).toEqual([`fault ${party}: its certificates are revoked`]);
    const { rows } = await cloud('delete from tidegate.trusted_certificate returning *');
    expect(await look()).toEqual([expect.stringContaining('no CRM can come in')]);
    const { thumbprint, subject, not_after: notAfter } = rows[0] as { thumbprint: string; subject: string; not_after: Date };
    await patient.cloudAdmin.query('insert into tidegate.trusted_certificate (thumbprint, party, subject, not_after) values ($1, $2, $3, $4)', [
      thumbprint,
      party,
      subject,
      notAfter,
    ]);
    expect(await look()).toEqual([]);
  });
});

describe('the producer', () => {
  const look = (variables: Record<string, string> = {}) => patient.complaints(producer, { variables });
  /** The certificate of the test's producer lasts an hour: the check warns of it each time. */
  const EXPIRES = expect.stringMatching(/^warning the producer's certificate: it expires in 0 days/);

  it('answers, and grants every link a token', async () => {
    expect(await look()).toEqual([EXPIRES]);
    await cloud(`update tidegate.trusted_key set state = 'revoked' where party = 'crm:${patient.name}'`);
    expect(await look()).toEqual([expect.stringMatching(`^fault ${patient.name}: .*\\[key-unknown\\]`), EXPIRES]);
    await cloud(unguarded(`update tidegate.trusted_key set state = 'active', revoked_at = null where party = 'crm:${patient.name}'`));
  });

  it('shows the certificate that is registered at this side, where one is', async () => {
    const other = { thumbprint: 'o'.repeat(43), subject: 'CN=other', notAfterMs: Date.now() + 100 * DAY_MS, party: `cloud:${patient.name}` };
    await registerCertificate(patient.crmAdmin, other);
    expect(await look()).toEqual([expect.stringContaining('[client-not-allowed]')]);
    await crm(`delete from tidegate.trusted_certificate`);
    expect(await look()).toEqual([EXPIRES]);
  });

  it('is named where it is away, is another’s, or refuses this side’s certificate', async () => {
    expect(await look({ TIDEGATE_CLOUD_URL: 'https://127.0.0.1:1' })).toEqual([expect.stringContaining('[connection-failed]')]);
    const foreign = await (await createTestAuthority('foreign')).client();
    const { TIDEGATE_SIGNING_KEY: _, ...files } = writeTls(patient.folder, 'foreign', { ...foreign, ca: patient.producer.crmTls.ca });
    expect(await look(files)).toEqual([expect.stringMatching(/\[(client-not-allowed|connection-failed)\]/)]);
    await cloud(`update tidegate.trusted_certificate set state = 'revoked'`);
    expect(await look()).toEqual([expect.stringContaining('[certificate-revoked]')]);
    await cloud(unguarded(`update tidegate.trusted_certificate set state = 'active', revoked_at = null`));
    expect(await look({ TIDEGATE_SIGNING_KEY: join(patient.folder, 'gone.jwk') })).toEqual([
      expect.stringMatching(/^skipped producer: .*see certificates and keys/),
    ]);
  });
});

describe('clocks', () => {
  it('agree; where this machine’s is off, all others tell so', async () => {
    expect(await patient.complaints(clocks)).toEqual([]);
    expect(await patient.complaints(clocks, { side: 'cloud' })).toEqual([]);
    const off = await patient.complaints(clocks, { nowMs: () => Date.now() + 60_000 });
    expect(off.map((told) => told.replace(/[\d.]+ s behind .*/, 'N s behind'))).toEqual(
      ['store', 'Temporal', 'producer'].map((name) => `fault ${name}: it is N s behind`),
    );
    expect(await patient.complaints(clocks, { nowMs: () => Date.now() - 10_000, side: 'cloud' })).toEqual([
      expect.stringMatching(/^warning store: it is (9\.\d|10\.\d) s ahead of/),
    ]);
  });

  it('of the stores are told apart from those of the machines', async () => {
    /** The store's clock goes wrong for everybody who asks it: another function of the name comes first. */
    const skew = async (admin: typeof crm, seconds: number) => {
      await admin(`create schema if not exists skewed; create or replace function skewed.clock_timestamp() returns timestamptz language sql as 'select pg_catalog.clock_timestamp() + interval ''${seconds} s''';
        grant usage on schema skewed to public;
        do $$ begin execute format('alter database %I set search_path = skewed, pg_catalog, public', current_database()); end $$`);
    };
    await skew(crm, 45);
    expect(await patient.complaints(clocks)).toEqual([expect.stringMatching(/^fault store: it is (44\.\d|45\.\d) s ahead of/)]);
    await skew(crm, 0);
    await skew(cloud, -45);
    // Only sessions that begin now have it; the producer's own are ended.
    await cloud(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'tidegate_producer'`);
    expect(await patient.complaints(clocks)).toEqual([expect.stringMatching(/^fault the producer's store: it is (44\.\d|45\.\d) s behind the producer/)]);
  });

  it('that cannot be asked are not taken for right', async () => {
    const told = await patient.complaints(clocks, { variables: { TIDEGATE_CLOUD_URL: 'https://127.0.0.1:1', TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    expect(told.filter((line) => line.startsWith('skipped'))).toEqual([expect.stringContaining('Temporal'), expect.stringContaining('producer')]);
  });
});
