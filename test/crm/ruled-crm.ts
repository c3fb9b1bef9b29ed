import { attachTable } from '../../adaptor/data/capture/attach.ts';
import type { AccessSource } from '../../adaptor/data/describe-collection.ts';
import { planCollections } from '../../adaptor/data/plan-collections.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { startSignedInCrm, type SignedInCrm } from './signed-in-crm.ts';
import type { Requests, TestCrm } from './test-crm.ts';

/** Rules of access by collection. */
export type Rules = Readonly<Record<string, AccessSource>>;

/** Users see what is not secret and write what is their own (`note` holds the owner); auditors see nothing private, and neither addresses nor family names. */
export const RULES: Rules = {
  contacts: {
    owner: 'note',
    rules: [
      { role: 'crm_user', read: { sql: `company is distinct from 'Secret'` }, write: 'own', hidden: ['credit_limit', 'birthday'], readOnly: ['job_title'] },
      { role: 'crm_auditor', read: { sql: 'not private' }, write: 'none', hidden: ['emails', 'family_name', 'note'], readOnly: [] },
    ],
  },
  tasks: { rules: [{ role: 'crm_user', read: 'none', write: 'none', hidden: [], readOnly: [] }] },
};

/** Whose records there are: two users. */
export const [UWE, EVA] = ['uwe@crm.example', 'eva@crm.example'];

/** The sample CRM under these rules, with records of both users, of nobody's to see, and a task. */
export interface RuledCrm extends SignedInCrm {
  readonly eva: Requests;
  readonly ids: Readonly<Record<'uwe' | 'eva' | 'secret' | 'private' | 'task', string>>;
}

/** Attaches the sample CRM's tables with rules of access. */
export async function attachWithRules(crm: TestCrm, rules: Rules): Promise<void> {
  const { links } = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, appointments, tasks] }] });
  const pool = createPool(crm.adminUrl, { applicationName: 'test', maxConnections: 2 });
  try {
    for (const { tenant, environment, link, collections } of links) {
      const sources = collections.map((collection) => ({ ...collectionSource(collection), access: rules[collection.name] }));
      for (const { plan } of await planCollections(pool, { tenant, environment, link }, 'crm', sources))
        if (plan !== undefined) await attachTable(pool, [plan]);
    }
  } finally {
    await pool.end();
  }
}

/** Starts it; dispose of `crm`. */
export async function startRuledCrm(): Promise<RuledCrm> {
  const the = await startSignedInCrm();
  await the.crm.addUser(EVA, 'user');
  const eva = await the.crm.signIn(EVA);
  const { rows } = await the.crm.admin.query<{ id: string }>(
    `insert into crm.contacts (family_name, given_name, company, note, emails, credit_limit, birthday, private) values
       ('Uweson', 'Una', 'Open', $1, '[{"label": "", "value": "una@canary.example"}]', 4711, '1971-01-01', false),
       ('Evason', 'Eve', 'Open', $2, '[]', 4712, '1972-02-02', false), ('Canary', 'Cy', 'Secret', $1, '[]', 4713, '1973-03-03', false),
       ('Shyson', 'Sy', 'Open', $1, '[]', 4714, '1974-04-04', true) returning id`,
    [UWE, EVA],
  );
  const [uwe = '', ownOfEva = '', secret = '', ofPrivate = ''] = rows.map(({ id }) => id);
  const task = (await the.crm.admin.query<{ id: string }>(`insert into crm.tasks (subject) values ('canary task') returning id`)).rows[0]?.id ?? '';
  await attachWithRules(the.crm, RULES);
  await the.crm.admin.query(`update crm.contacts set credit_limit = 4715, given_name = 'Una Canary' where id = $1`, [uwe]);
  await the.crm.admin.query(`update crm.contacts set given_name = 'Una' where id = $1`, [uwe]);
  return { ...the, eva, ids: { uwe, eva: ownOfEva, secret, private: ofPrivate, task } };
}
