/**
 * Measures lists and searches of the CRM's API (`node bench/search.ts [rows] [rounds]`, by default 1,000,000 contacts and 40
 * rounds): a PostgreSQL server of its own that is thrown away, made-up contacts, and the CRM application as it is. Prints the
 * middle and the 95th percentile of each kind of request, in milliseconds.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrateStore } from '../adaptor/data/migration/migrate-store.ts';
import { provisionRoles } from '../adaptor/data/roles/provision-roles.ts';
import { createCrmApp } from '../crm/crm-app.ts';
import { openCrmDatabase } from '../crm/database.ts';
import type { SyncControl } from '../crm/api/sync-control.ts';
import { hashPassword } from '../web/sign-in/password.ts';
import { startPostgresCluster } from '../embedded/postgres-cluster.ts';

const [rows = 1_000_000, rounds = 40] = process.argv.slice(2).map(Number);
const PASSWORD = randomBytes(12).toString('hex');

/** What is asked, each round with another number. */
const REQUESTS: Readonly<Record<string, (round: number) => string>> = {
  'first page, by name': () => 'contacts',
  'page 40, by name, descending': () => 'contacts?direction=desc&page=40',
  'page 40, last changed first': () => 'contacts?sort=updatedAt&direction=desc&page=40',
  'one e-mail address': (round) => `contacts?search=person${1 + ((round * 24_007) % rows)}@`,
  'a family name (about 100 of a million)': (round) => `contacts?search=${familyName(round * 37)}`,
  'given and family name': (round) => `contacts?search=${givenName(round)}%20${familyName(round * 37)}`,
  'a part in the middle of a name': (round) => `contacts?search=${familyName(round * 37).slice(2, 8)}`,
  'a given name (about 2,500 of a million)': (round) => `contacts?search=${givenName(round)}`,
  'a common company (a hundredth)': (round) => `contacts?search=company${round % 100}%20group`,
  'a word that all have': () => 'contacts?search=work.example',
  'a short word': (round) => `contacts?search=${givenName(round).slice(0, 2)}`,
  'nothing found': (round) => `contacts?search=qqzz${round}xyx`,
};

/** Syllables, the same as in the statement that makes the contacts. */
const SYLLABLES = ['ba', 'do', 'fe', 'gi', 'hu', 'ka', 'lo', 'me', 'ni', 'pu', 'ra', 'so', 'te', 'vi', 'wu', 'xa', 'yo', 'ze', 'cri', 'mon'];
const name = (n: number, parts: number): string =>
  Array.from({ length: parts }, (_, i) => SYLLABLES[Math.floor(n / SYLLABLES.length ** i) % SYLLABLES.length]).join('');
const givenName = (n: number): string => name(n % 400, 2) + 'a';
const familyName = (n: number): string => `${name(n % 8000, 3)}sen`;

const folder = mkdtempSync(join(tmpdir(), 'tidegate-search-'));
if (process.getuid?.() === 0) chmodSync(folder, 0o711);
const cluster = await startPostgresCluster({ dataFolder: join(folder, 'data'), password: PASSWORD, throwAway: true, settings: { max_wal_size: '8GB' } });
try {
  const adminUrl = cluster.adminUrl();
  await migrateStore(adminUrl, 'crm');
  await provisionRoles(adminUrl, 'crm', {
    tidegate_consumer: PASSWORD,
    tidegate_reverse: PASSWORD,
    tidegate_verifier: PASSWORD,
    tidegate_crm_keeper: PASSWORD,
    crm_page: PASSWORD,
  });
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const began = performance.now();
  const syllable = (n: string, i: number): string => `($2::text[])[1 + (${n} / ${SYLLABLES.length ** i}) % ${SYLLABLES.length}]`;
  // Neither follows the other, nor the number.
  const scattered = (from: number): string => `('x' || substr(md5(n::text), ${from}, 6))::bit(24)::int`;
  const [given, family] = [`(${scattered(1)} % 400)`, `(${scattered(9)} % 8000)`];
  await admin.query(
    `insert into crm.contacts (given_name, family_name, company, job_title, emails, phones)
     select ${syllable(given, 0)} || ${syllable(given, 1)} || 'a', initcap(${syllable(family, 0)} || ${syllable(family, 1)} || ${syllable(family, 2)} || 'sen'),
            'Company' || n % 100 || ' Group', (array['Buyer', 'Engineer', null, 'Accountant'])[1 + n % 4],
            jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'person' || n || '@work.example')),
            jsonb_build_array(jsonb_build_object('label', 'mobile', 'value', '+49 30 ' || lpad(n::text, 8, '0')))
       from generate_series(1, $1::int) as n`,
    [rows, SYLLABLES],
  );
  await admin.query('vacuum analyze crm.contacts');
  await admin.query(`insert into crm.users (email, name, role, password_hash) values ('bench@crm.example', 'Bench', 'user', $1)`, [
    await hashPassword(PASSWORD),
  ]);
  console.log(`${rows} contacts made in ${Math.round((performance.now() - began) / 1000)} s`);

  const page = new URL(adminUrl);
  page.username = 'crm_page';
  const database = openCrmDatabase(page.href);
  const app = await createCrmApp({ database, links: [], control: {} as SyncControl });
  const signedIn = await app.inject({ method: 'POST', url: '/api/session', payload: { email: 'bench@crm.example', password: PASSWORD } });
  const cookies = Object.fromEntries(signedIn.cookies.map(({ name: key, value }) => [key, value]));
  for (const [what, path] of Object.entries(REQUESTS)) {
    const took: number[] = [];
    let total = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const answer = await app.inject({ url: `/api/${path(round)}`, cookies });
      took.push(performance.now() - start);
      if (answer.statusCode !== 200) throw new Error(`${path(round)}: ${answer.body}`);
      total = answer.json<{ total: number }>().total;
    }
    took.sort((a, b) => a - b);
    const at = (share: number): string => (took[Math.min(rounds - 1, Math.floor(rounds * share))] ?? 0).toFixed(1).padStart(8);
    console.log(`${what.padEnd(44)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   (${total} found)`);
  }
  await app.close();
  await database.close();
  await admin.end();
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
