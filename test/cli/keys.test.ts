import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureSigningKeys, loadSigningKey } from '../../adaptor/auth/signing-key-file.ts';
import { followTrust } from '../../adaptor/data/control/trust-notice.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Side } from '../../exchange/names.ts';
import { attemptAs, DENIED } from '../support/attempt.ts';
import { type Patient, createPatient } from './doctor/doctor-fixture.ts';
import { runProgram } from './run-program.ts';

interface Listed {
  readonly trusted: readonly { id: string; kind: string; party: string; state: string; use: string | null; notAfterMs: number; addedBy: string | null }[];
  readonly expiries: readonly { what: string; party: string | null; warning: number | null }[];
}

let patient: Patient;
beforeAll(async () => {
  patient = await createPatient();
});
afterAll(() => patient[Symbol.asyncDispose]());

/** Runs `tidegate keys` with the variables of that side alone. */
const keys = (side: Side, ...args: readonly string[]) => runProgram(patient.environment[side], '--json', 'keys', ...args, '--side', side);

async function told<T>(side: Side, ...args: readonly string[]): Promise<T> {
  const { code, stdout } = await keys(side, ...args);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
}

async function refused(side: Side, ...args: readonly string[]): Promise<string> {
  const { code, stdout } = await keys(side, ...args);
  expect(code).not.toBe(0);
  return (JSON.parse(stdout) as { error: { code: string; noUpdate: string } }).error.code;
}

const party = (side: Side): string => `${side}:${patient.name}`;
const pathOf = (name: string): string => join(patient.folder, name);
const signingKey = (side: Side) => loadSigningKey(pathOf(`${side}.jwk`), party(side));
const admin = (side: Side) => (side === 'crm' ? patient.crmAdmin : patient.cloudAdmin);

const acts = (side: Side, id: string) =>
  controlRows<{ event: string; link: string; by: string; role: string; reason: string }>(
    admin(side),
    `select event, link, facts ->> 'by' as by, facts ->> 'role' as role, facts ->> 'reason' as reason from tidegate.audit_event where subject = $1 order by id`,
    [id],
  );

describe('tidegate keys', () => {
  it.each(['crm', 'cloud'] as const)('lists what the %s believes, with its own configuration only, and says what expires', async (side) => {
    const key = await signingKey(side);
    const { trusted, expiries } = await told<Listed>(side, 'list');
    expect(trusted.find(({ id }) => id === key.kid)).toMatchObject({ kind: 'key', party: party(side), state: 'active', use: 'signs' });
    expect(trusted.some((one) => one.party === party(side === 'crm' ? 'cloud' : 'crm'))).toBe(true);
    // The test's certificate files are valid for an hour.
    expect(expiries.find(({ what }) => what === 'certificate')).toMatchObject({ party: null, warning: 1 });
    const text = await runProgram(patient.environment[side], 'keys', 'list', '--side', side);
    expect(text.stdout).toContain("WARNING: This side's certificate expires in 0 days");
  });

  it.each(['crm', 'cloud'] as const)('rotates a signing key of the %s in two halves, with an overlap, and writes down who and why', async (side) => {
    const other = side === 'crm' ? 'cloud' : 'crm';
    const before = await signingKey(side);
    const document = pathOf(`${side}-public.json`);
    const { kid } = await told<{ kid: string }>(side, 'rotate', '--reason', 'yearly', '--output', document, '--days', '90');
    expect(await told<{ kid: string }>(side, 'rotate', '--reason', 'yearly', '--output', document, '--days', '90')).toMatchObject({ kid });
    const nextFile = pathOf(`${side}.jwk.next`);
    expect(statSync(nextFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(document, 'utf8')).not.toContain('"d"');
    expect(await signingKey(side)).toMatchObject({ kid: before.kid });

    if (side === 'crm') {
      expect(await refused(side, 'activate', '--reason', 'yearly')).toBe('key-unknown');
      expect(await signingKey(side)).toMatchObject({ kid: before.kid });
    } else expect(await refused(side, 'activate', '--reason', 'yearly')).toBe('bad-request');

    expect(await refused(other, 'add', document, '--reason', 'told', '--kid', before.kid)).toBe('bad-request');
    expect(await refused(other, 'add', document, '--reason', 'told', '--party', party(other))).toBe('bad-request');
    expect(await told(other, 'add', document, '--reason', 'told by telephone', '--kid', kid)).toMatchObject({ id: kid, party: party(side), ending: [] });
    const activated = await told<{ kid: string; ending: string[] }>(side, 'activate', '--reason', 'yearly', ...(side === 'cloud' ? ['--told'] : []));
    expect(activated).toMatchObject({ kid, ending: [before.kid] });
    expect(await signingKey(side)).toMatchObject({ kid });
    expect(statSync(pathOf(`${side}.jwk`)).mode & 0o777).toBe(0o600);
    expect(existsSync(nextFile)).toBe(false);

    const { trusted } = await told<Listed>(side, 'list');
    const old = trusted.find(({ id }) => id === before.kid);
    expect(old).toMatchObject({ state: 'active', use: null });
    expect(Math.abs((old?.notAfterMs ?? 0) - Date.now() - 30 * 86_400_000)).toBeLessThan(600_000);
    const role = `tidegate_${side}_keeper`;
    expect((await acts(side, kid)).map(({ event, link, role: by, reason }) => ({ event, link, by, reason }))).toEqual([
      { event: 'key-added', link: patient.name, by: role, reason: 'yearly' },
      { event: 'key-changed', link: patient.name, by: role, reason: 'yearly' },
      { event: 'key-activated', link: patient.name, by: null, reason: 'yearly' },
    ]);
    expect((await acts(other, kid)).map(({ event, reason }) => [event, reason])).toEqual([['key-added', 'told by telephone']]);
    expect((await acts(side, before.kid)).at(-1)).toMatchObject({ event: 'key-changed', reason: 'yearly' });
  });

  it('tells the worker that waits for it that a key or certificate was registered, and nobody of what was not', async () => {
    let told = 0;
    await using _listener = await followTrust(patient.crmAdmin, () => void told++);
    const document = pathOf('cloud-exported.json');
    expect((await keys('cloud', 'export', '--output', document)).code).toBe(0);
    expect(await refused('crm', 'add', document, '--reason', 'r', '--kid', 'another')).toBe('bad-request');
    // Notices come in the order in which they were sent: one of a refusal would be here before this one.
    expect((await keys('crm', 'add', document, '--reason', 'renewed')).code).toBe(0);
    await expect.poll(() => told).toBe(1);
    expect((await keys('crm', 'add', pathOf('crm-certificate.pem'), '--party', party('crm'), '--reason', 'renewed')).code).toBe(0);
    await expect.poll(() => told).toBe(2);
  });

  it('makes another key where the one that waits was revoked, and never signs with a key that is not believed here', async () => {
    const before = await signingKey('cloud');
    const { kid } = await told<{ kid: string }>('cloud', 'rotate', '--reason', 'yearly');
    await told('cloud', 'revoke', kid, '--reason', 'seen by others');
    const { code, stderr } = await runProgram(patient.environment.cloud, 'keys', 'activate', '--told', '--reason', 'yearly', '--side', 'cloud');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`The new key ${kid} is revoked at this side`)]);
    expect(await signingKey('cloud')).toMatchObject({ kid: before.kid });
    const next = await told<{ kid: string }>('cloud', 'rotate', '--reason', 'yearly');
    expect(next.kid).not.toBe(kid);
    await patient.cloudAdmin.query(`update tidegate.trusted_key set not_after = now() where kid = $1`, [next.kid]);
    expect(await refused('cloud', 'activate', '--told', '--reason', 'yearly')).toBe('bad-request');
    // Rotating again gives the time back, and the same key.
    expect(await told('cloud', 'rotate', '--reason', 'yearly')).toMatchObject({ kid: next.kid });
  });

  it('asks which link is meant where this side signs for several, and takes its whole name or the last part', async () => {
    const file = pathOf('several.jwk');
    await ensureSigningKeys(file, [party('cloud'), 'cloud:acme/test/other']);
    const exported = async (...args: readonly string[]) => {
      const { stdout } = await runProgram({ ...patient.environment.cloud, TIDEGATE_SIGNING_KEY: file }, '--json', 'keys', 'export', '--side', 'cloud', ...args);
      return JSON.parse(stdout) as unknown;
    };
    for (const name of ['other', 'acme/test/other']) expect(await exported('--link', name)).toMatchObject({ party: 'cloud:acme/test/other' });
    expect(await exported('--link', patient.link.link)).toMatchObject({ party: party('cloud') });
    for (const args of [[], ['--link', 'nowhere'], ['--link', 'the']])
      expect(await exported(...args)).toMatchObject({ error: { code: 'bad-request', detail: expect.stringContaining('Name a link of') as string } });
  });

  it('makes no key whose public half could not be handed over', async () => {
    const { trusted: were } = await told<Listed>('crm', 'list');
    for (const place of [pathOf('nowhere/key.json'), patient.folder]) {
      const { code, stderr } = await runProgram(patient.environment.crm, 'keys', 'rotate', '--reason', 'r', '--output', place);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${place} cannot be written`)]);
    }
    expect((await told<Listed>('crm', 'list')).trusted).toEqual(were);
    expect(existsSync(pathOf('crm.jwk.next'))).toBe(false);
    expect(await refused('crm', 'export', '--output', pathOf('nowhere/key.json'))).toBe('bad-request');
  });

  it('lets the other keys of a party end where the new one is added with an overlap', async () => {
    const document = pathOf('again.json');
    const { kid } = await told<{ kid: string }>('crm', 'rotate', '--reason', 'again', '--output', document);
    const { ending } = await told<{ ending: string[] }>('cloud', 'add', document, '--reason', 'again', '--overlap-days', '0');
    expect(ending.length).toBeGreaterThan(0);
    const { trusted } = await told<Listed>('cloud', 'list');
    expect(trusted.filter((one) => one.party === party('crm') && one.kind === 'key' && one.state === 'active').map(({ id }) => id)).toEqual([kid]);
  });

  it('registers a certificate for a party, and revokes key and certificate for good', async () => {
    const tls = await patient.producer.authority.client({ commonName: 'the next consumer' });
    const file = pathOf('next.pem');
    writeFileSync(file, tls.certificate);
    expect(await refused('cloud', 'add', file, '--reason', 'renewal')).toBe('bad-request');
    for (const more of [
      ['--kid', 'another'],
      ['--overlap-days', '7'],
    ])
      expect(await refused('cloud', 'add', file, '--party', party('crm'), '--reason', 'renewal', ...more)).toBe('bad-request');
    const { id } = await told<{ id: string }>('cloud', 'add', file, '--party', party('crm'), '--reason', 'renewal');
    expect(await told('cloud', 'revoke', id, '--reason', 'stolen')).toEqual({ kind: 'certificate', id, state: 'revoked' });
    expect(await refused('cloud', 'revoke', id, '--reason', 'stolen')).toBe('bad-request');
    expect(await refused('cloud', 'add', file, '--party', party('crm'), '--reason', 'again')).toBe('not-allowed');
    expect((await acts('cloud', id)).map(({ event, reason }) => [event, reason])).toEqual([
      ['certificate-added', 'renewal'],
      ['certificate-revoked', 'stolen'],
    ]);
    const key = await signingKey('cloud');
    expect(await told('cloud', 'revoke', key.kid, '--reason', 'lost')).toMatchObject({ kind: 'key' });
    const { trusted } = await told<Listed>('cloud', 'list');
    expect(trusted.find((one) => one.id === key.kid)).toMatchObject({ state: 'revoked', revokedReason: 'lost' });
  });

  it('refuses what is no public key, ids that nobody has, and a side that does not run', async () => {
    const wrong = pathOf('wrong.json');
    writeFileSync(wrong, readFileSync(pathOf('crm.jwk')));
    expect(await refused('cloud', 'add', wrong, '--reason', 'x')).toBe('bad-request');
    expect(await refused('cloud', 'add', pathOf('missing.json'), '--reason', 'x')).toBe('bad-request');
    expect(await refused('cloud', 'revoke', 'nobody', '--reason', 'x')).toBe('bad-request');
    const elsewhere = { TIDEGATE_HOME: pathOf('nowhere') };
    const { code, stdout } = await runProgram(elsewhere, '--json', 'keys', 'list', '--side', 'cloud');
    expect([code, JSON.parse(stdout)]).toMatchObject([3, { error: { code: 'not-running' } }]);
  });
});

describe('the store', () => {
  it.each([
    ['takes no revocation back', `update tidegate.trusted_key set state = 'active' where state = 'revoked'`],
    ['gives no key to another party', `update tidegate.trusted_key set party = 'crm:other/test/hub' where state = 'active'`],
    ['lets no certificate become another', `update tidegate.trusted_certificate set thumbprint = 'x' where state = 'active'`],
  ])('%s, not even by its owner', async (_what, statement) => {
    await expect(patient.cloudAdmin.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets the keeper do nothing but its work, and the page revoke alone', async () => {
    const keeper = patient.environment.cloud['TIDEGATE_CLOUD_KEEPER_DATABASE_URL'] ?? '';
    for (const statement of [
      'select from cloud.people',
      'select from tidegate.change_log',
      `delete from tidegate.trusted_key`,
      `update tidegate.audit_event set event = 'x'`,
    ])
      expect(await attemptAs(keeper, statement)).toEqual(DENIED);
    const page = patient.environment.crm['TIDEGATE_CRM_PAGE_URL'] ?? '';
    expect(await attemptAs(page, `update tidegate.trusted_key set not_after = now() + interval '9 years'`)).toEqual(DENIED);
    expect(await attemptAs(page, `insert into tidegate.trusted_key (kid, party, jwk, not_before, not_after) values ('k', 'p', '{}', now(), now())`)).toEqual(
      DENIED,
    );
  });
});
