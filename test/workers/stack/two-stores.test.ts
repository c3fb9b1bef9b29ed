import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Pool } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { revokeCertificate, revokeKey } from '../../../adaptor/auth/register.ts';
import { listTrusted } from '../../../adaptor/auth/trust-list.ts';
import { writeRequest } from '../../../adaptor/data/control/sync-requests.ts';
import { createPool } from '../../../adaptor/data/pool.ts';
import { ensureChannels } from '../../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import { contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { retentionSettings } from '../../../configuration/retention.ts';
import type { ProducerSettings } from '../../../configuration/settings/cloud.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import { pruneRegularly } from '../../../workers/producer/prune-regularly.ts';
import { compareStores } from '../../../workers/stack/cycle/compare-stores.ts';
import { readBooks } from '../../../workers/stack/cycle/read-books.ts';
import { synchroniseFirst } from '../../../workers/stack/first-sync.ts';
import type { StackStore } from '../../../workers/stack/store.ts';
import { establishTrust } from '../../../workers/stack/trust.ts';
import { TEST_ROLE_PASSWORD, createMigratedDatabase } from '../../support/migrated-database.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/* What `npm start` makes both stores believe, waits for and finds in them, and what the producer takes out of its own. */

const config = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, tasks] }] });
const [link] = config.links;
const NAME = linkName(link!);
const databases: TestDatabase[] = [];
let crm: Client;
let cloud: Client;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-two-'));
  databases.push(...(await Promise.all([createMigratedDatabase('crm'), createMigratedDatabase('cloud')])));
  [crm, cloud] = databases.map(({ adminUrl }) => new Client({ connectionString: adminUrl })) as [Client, Client];
  for (const client of [crm, cloud]) {
    await client.connect();
    await ensureLink(client, link!);
    await ensureChannels(client, NAME, ['contacts', 'tasks']);
  }
});
afterAll(async () => {
  await Promise.all([crm.end(), cloud.end()]);
  await Promise.all(databases.map((database) => database.drop()));
  rmSync(home, { recursive: true });
});

describe('whom both stores believe', () => {
  const trusted = async (client: Client) =>
    (await listTrusted(client)).map(({ id, party, kind, state, notAfterMs }) => ({ id, party, kind, state, notAfterMs }));
  const start = () =>
    establishTrust(home, config, [
      { side: 'crm', adminUrl: databases[0]?.adminUrl } as StackStore,
      { side: 'cloud', adminUrl: databases[1]?.adminUrl } as StackStore,
    ]);
  const [ours, theirs] = ['crm:acme/test/hub', 'cloud:acme/test/hub'];

  it('is known to each after the first start: the keys of both, and the certificate of the other', async () => {
    const material = await start();
    for (const [client, certificate] of [
      [crm, material.serverCertificate],
      [cloud, material.clientCertificate],
    ] as const) {
      const known = await trusted(client);
      expect(known.filter(({ kind }) => kind === 'key').map(({ party, state }) => [party, state])).toEqual([
        [theirs, 'active'],
        [ours, 'active'],
      ]);
      expect(known.filter(({ kind }) => kind === 'certificate')).toMatchObject([{ id: certificate.thumbprint, party: certificate.party, state: 'active' }]);
    }
    expect(material.serverCertificate.thumbprint).not.toBe(material.clientCertificate.thumbprint);
  });

  it('is left as it is by the next start, but for a key that ends soon', async () => {
    const before = await trusted(crm);
    await start();
    expect(await trusted(crm)).toEqual(before);
    const soon = 29 * 86_400_000;
    await crm.query(`update tidegate.trusted_key set not_after = now() + interval '29 days' where party = $1`, [ours]);
    await crm.query(`update tidegate.trusted_key set not_after = now() + interval '31 days' where party = $1`, [theirs]);
    // A certificate says itself when it ends: to register it again changes nothing but the log.
    await crm.query(`update tidegate.trusted_certificate set not_after = now() + interval '1 day'`);
    await start();
    const after = await trusted(crm);
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    const ends = (party: string) => (after.find((one) => one.kind === 'key' && one.party === party)?.notAfterMs ?? 0) - Date.now();
    expect(ends(ours)).toBeGreaterThan(soon + 86_400_000);
    expect(ends(theirs)).toBeLessThan(soon + 3 * 86_400_000);
    expect(after.find(({ kind }) => kind === 'certificate')?.notAfterMs).toBeLessThan(Date.now() + 2 * 86_400_000);
  });

  it('stays revoked, whatever starts: neither a key nor a certificate comes back', async () => {
    const known = await trusted(cloud);
    const [key, certificate] = [known.find(({ kind, party }) => kind === 'key' && party === ours), known.find(({ kind }) => kind === 'certificate')];
    // Also where it would have ended soon.
    await cloud.query(`update tidegate.trusted_key set not_after = now() + interval '1 day'`);
    expect(await revokeKey(cloud, key?.id ?? '')).toBe(true);
    expect(await revokeCertificate(cloud, certificate?.id ?? '')).toBe(true);
    await start();
    const after = await trusted(cloud);
    expect(
      after
        .filter(({ state }) => state === 'revoked')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([key?.id, certificate?.id].toSorted());
    expect(after).toHaveLength(known.length);
  });
});

describe('the books of both sides', () => {
  beforeEach(async () => {
    for (const client of [crm, cloud]) await client.query('delete from tidegate."window"');
  });
  const COUNTS = ['offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'] as const;
  const book = (client: Client, ordinal: number, state: string, counts: readonly number[], direction = 'forward') =>
    client.query(
      `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, state, to_key, ${COUNTS.join(', ')})
       values ($1, 'contacts', $2, $3, 'delta', gen_random_uuid(), $4, '{}', ${COUNTS.map((_, i) => `$${i + 5}`).join(', ')})`,
      [NAME, direction, ordinal, state, ...counts],
    );
  const read = () => readBooks(crm, cloud, NAME, ['contacts', 'tasks']);

  it('are the sums of what is receipted and applied, and empty where nothing was', async () => {
    await book(crm, 1, 'receipted', [5, 3, 1, 1, 0, 0]);
    await book(crm, 2, 'receipted', [2, 2, 0, 0, 0, 0]);
    await book(crm, 3, 'void', [9, 9, 0, 0, 0, 0]);
    await book(cloud, 1, 'applied', [5, 3, 1, 1, 0, 0]);
    await book(cloud, 2, 'applied', [2, 2, 0, 0, 0, 0]);
    const { faults, collections } = await read();
    expect(faults).toEqual([]);
    expect(collections['contacts']?.forward).toEqual({ offered: 7, applied: 5, unchanged: 1, conflicted: 1, quarantined: 0, filtered: 0 });
    expect(collections['contacts']?.reverse.offered).toBe(0);
    expect(collections['tasks']?.forward.offered).toBe(0);
  });

  it('do not balance where one side counts otherwise, or its own sum is wrong', async () => {
    await book(crm, 1, 'receipted', [5, 5, 0, 0, 0, 0]);
    await book(cloud, 1, 'applied', [5, 4, 1, 0, 0, 0]);
    await book(cloud, 1, 'receipted', [1, 1, 0, 0, 0, 0], 'reverse');
    await book(crm, 1, 'applied', [2, 1, 0, 0, 0, 0], 'reverse');
    expect((await read()).faults).toEqual([
      'contacts/forward: applied is 5 at the CRM and 4 at the cloud',
      'contacts/forward: unchanged is 0 at the CRM and 1 at the cloud',
      "contacts/reverse: the CRM's books miss 1 record(s)",
      'contacts/reverse: offered is 2 at the CRM and 1 at the cloud',
    ]);
  });
});

describe('both stores', () => {
  const compared = async (of = link!) =>
    (await compareStores(crm, cloud, of)).map(({ collection, equal, crm: ours, cloud: theirs }) => [collection, equal, ours.records, theirs.records]);
  const ids = [randomUUID(), randomUUID()].toSorted();

  it('agree where they hold the same, in whatever order, beside what is private and what is another tenant’s', async () => {
    expect(await compared()).toEqual([
      ['contacts', true, 0, 0],
      ['tasks', true, 0, 0],
    ]);
    for (const [i, id] of ids.entries()) await crm.query(`insert into crm.contacts (id, given_name, family_name) values ($1, 'Ada', $2)`, [id, `Family ${i}`]);
    await crm.query(`insert into crm.contacts (given_name, family_name, private) values ('P', 'Private', true)`);
    for (const [i, id] of [...ids.entries()].reverse())
      await cloud.query(`insert into cloud.people (tenant, id, first_name, last_name) values ('acme', $1, 'Ada', $2)`, [id, `Family ${i}`]);
    await cloud.query(`insert into cloud.people (tenant, id, first_name, last_name) values ('globex', $1, 'Ada', 'Other')`, [ids[0]]);
    expect(await compared()).toEqual([
      ['contacts', true, 2, 2],
      ['tasks', true, 0, 0],
    ]);
  });

  it('do not where one field of one record differs, or as many others are there', async () => {
    await cloud.query(`update cloud.people set title = 'Chair' where tenant = 'acme' and id = $1`, [ids[0]]);
    expect((await compared())[0]).toEqual(['contacts', false, 2, 2]);
    await crm.query(`update crm.contacts set job_title = 'Chair' where id = $1`, [ids[0]]);
    expect((await compared())[0]).toEqual(['contacts', true, 2, 2]);
    await cloud.query(`delete from cloud.people where tenant = 'acme' and id = $1`, [ids[1]]);
    expect((await compared())[0]).toEqual(['contacts', false, 2, 1]);
  });

  it('agree where each has its own words for the same', async () => {
    const id = randomUUID();
    await crm.query(`insert into crm.tasks (id, subject, status) values ($1, 'Call', 'in_progress')`, [id]);
    await cloud.query(`insert into cloud.todos (tenant, id, title, status) values ('acme', $1, 'Call', 'IN-PROCESS')`, [id]);
    expect((await compared())[1]).toEqual(['tasks', true, 1, 1]);
    await cloud.query(`update cloud.todos set status = 'COMPLETED'`);
    expect((await compared())[1]).toEqual(['tasks', false, 1, 1]);
  });

  it('agree on the rest of a record of which the cloud has a field sealed', async () => {
    await cloud.query(`delete from cloud.people where tenant = 'acme'`);
    await crm.query(`update crm.contacts set note = 'plain' where not private`);
    for (const [i, id] of ids.entries())
      await cloud.query(`insert into cloud.people (tenant, id, first_name, last_name, title, notes) values ('acme', $1, 'Ada', $2, $3, $4)`, [
        id,
        `Family ${i}`,
        i === 0 ? 'Chair' : null,
        `sealed:1:k:1:${i}`,
      ]);
    expect((await compared())[0]).toEqual(['contacts', false, 2, 2]);
    const sealing = link!.collections.map((each) =>
      each.name === 'contacts' ? { ...each, fields: { ...each.fields, note: { column: 'note', authority: 'crm' as const, sealed: true } } } : each,
    );
    expect((await compared({ ...link!, collections: sealing }))[0]).toEqual(['contacts', true, 2, 2]);
  });
});

describe('the first synchronisation of a start', () => {
  let pool: Pool;
  let asked: string[];
  beforeAll(() => (pool = createPool(databases[0]?.adminUrl ?? '', { applicationName: 'test', maxConnections: 2 })));
  afterAll(() => pool.end());
  beforeEach(() => (asked = []));

  const stands = (state: string) => crm.query('update tidegate.link set state = $1', [state]);
  /** Starts, with what becomes of the link or its request once it was asked for. */
  const start = (then: (requestId: string) => Promise<unknown>, options: object = {}) => {
    const requestForward = async ({ link: name }: { readonly link: string }) => {
      const requestId = await writeRequest(crm, {
        link: name,
        direction: 'forward',
        cause: 'user',
        collections: [],
        records: null,
        requestedBy: null,
        reason: null,
      });
      asked.push(requestId);
      await then(requestId);
      return { requestId };
    };
    return synchroniseFirst({ pool, tidegate: { requestForward }, links: [NAME, NAME], lookMs: 1, ...options });
  };
  const states = async () =>
    (await crm.query('select state from tidegate.sync_request where id = any ($1::uuid[])', [asked])).rows.map(({ state }) => state as string);

  it('is waited for, link by link, however it ends', async () => {
    await stands('open');
    let ended = 0;
    const end = (requestId: string) =>
      void setTimeout(() => void crm.query(`update tidegate.sync_request set state = $2 where id = $1`, [requestId, ended++ === 0 ? 'done' : 'failed']), 20);
    await start(async (requestId) => end(requestId));
    expect((await states()).toSorted()).toEqual(['done', 'failed']);
  });

  it.each(['paused', 'stopped'])('is not asked for where a link is %s: the start goes on, with its pages', async (state) => {
    await stands(state);
    await start(async () => expect.unreachable());
    expect(asked).toEqual([]);
  });

  it('is waited for no more where the link is stopped meanwhile, or its load takes longer', async () => {
    await stands('open');
    await start(() => stands('stopped'));
    expect(await states()).toEqual(['open']);
    await stands('open');
    await start(async () => undefined, { timeoutMs: 1 });
    expect(await states()).toEqual(['open', 'open', 'open']);
  });

  it('is given up for a link that is stopped while it is asked for, and fails with whatever else is refused', async () => {
    await stands('open');
    await start(() => Promise.reject(new TidegateError('link-stopped')));
    expect(asked).toHaveLength(2);
    await expect(start(() => Promise.reject(new TidegateError('temporal-unavailable')))).rejects.toMatchObject({ code: 'temporal-unavailable' });
  });
});

describe('what the producer keeps for a time', () => {
  /** Prunes every few milliseconds, as the role with this password. */
  function pruning(password: string) {
    const pool = createPool(databases[1]?.urlFor('tidegate_producer', password) ?? '', { applicationName: 'pruning', maxConnections: 2 });
    const lines: string[] = [];
    const note = ({ code, msg }: { readonly code?: string; readonly msg: string }) => void lines.push(code ?? msg);
    const log = pino({}, { write: (line) => note(JSON.parse(line) as Parameters<typeof note>[0]) });
    const settings = { ...z.object(retentionSettings).parse({}), TIDEGATE_RETENTION_EVERY_MINUTES: 1 / 60_000 } as unknown as ProducerSettings;
    return { pool, lines, prune: pruneRegularly(pool, log, settings) };
  }

  it('is pruned round by round, and who stops waits for the round in hand', async () => {
    const { pool, lines, prune } = pruning(TEST_ROLE_PASSWORD);
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(1), { timeout: 20_000 });
    await prune.stop();
    // A round that went on would be told as one that failed.
    await pool.end();
    expect(new Set(lines)).toEqual(new Set(['pruned']));
  });

  it('is tried again where a round fails, which is told by its code', async () => {
    const { pool, lines, prune } = pruning('wrong');
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(1), { timeout: 20_000 });
    await prune.stop();
    await pool.end();
    expect(new Set(lines)).toEqual(new Set(['unexpected']));
  });
});
