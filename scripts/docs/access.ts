import { readFileSync } from 'node:fs';
import { rightsIn } from '../../adaptor/data/roles/control-rights.ts';
import { STORE_ROLES } from '../../adaptor/data/roles/role-names.ts';
import type { Side } from '../../exchange/names.ts';
import { generatedNote } from './generated-note.ts';

const read = (path: string): string => readFileSync(new URL(`../../prisma/${path}`, import.meta.url), 'utf8');

const INTRODUCTION = `Access level security for stored data is PostgreSQL's own: every process signs in with a role of its own that has the least it needs, and the database refuses the rest. No role is a superuser, bypasses row level security, makes roles, or owns what it works on; a process that finds one that could does not start (\`role-unsafe\`), and \`tidegate doctor\` compares every right with the lists below.

## Who may touch which records

| Store | Role | Records and fields |
|---|---|---|
| CRM | \`tidegate_consumer\` | reads the key, the mapped columns and those that filters read, of attached tables; no other column, and writes none |
| CRM | \`tidegate_reverse\` | reads the same; writes columns of fields that the cloud may change, and sealed ones of new records, only in a transaction that names an accepted, unspent message or a signed release, and only its collection, fields, operations and (a release) records. Who holds its password alone brings in nothing beyond an open message |
| CRM | \`tidegate_verifier\` | no records; it alone records that a message or release was verified |
| CRM | \`crm_page\` | the sample CRM's application: users and sessions; counts records and tells their state, and writes none |
| CRM | \`crm_user\`, \`crm_admin\`, \`crm_auditor\` | nobody signs in as these: \`crm_page\` takes one on for a transaction, in the name of a user, an integration administrator or an auditor. All records of the sample CRM, to read and (auditors not) to write, unless a collection's \`access\` says otherwise |
| CRM | roles that [a collection's \`access\`](configuration.md#a-collection) names | what the rules say: records (\`all\`, \`own\`, \`none\`, or a condition), columns hidden or read-only |
| cloud | \`tidegate_producer\` | records of the tenant that the transaction names |
| cloud | \`tidegate_registrar\` | makes and captures tables; no policy shows it a record |
| cloud | \`cloud_user\` | the third party's own users: records of the tenant that the transaction names; writes the fields that the CRM leaves to the cloud, and of new records all but sealed ones. Of a tenant that has rules of its own it sees no record |
| cloud | \`cloud_editor$TENANT\`, \`cloud_reader$TENANT\` | nobody signs in as these: \`cloud_user\` takes one on for a transaction, in the name of an employee of a tenant that has rules. What \`cloud_user\` otherwise may, for this tenant alone, narrowed by the rules; readers write nothing |

- **Tenants.** Every key in the cloud begins with the tenant. Row level security is forced, also on the owner; \`tidegate.tenant\` is set for one transaction (\`set_config(..., true)\`), and a session that names no tenant sees nothing. A merge onto another tenant's key makes a row of its own, and betrays nothing.
- **Private records.** A collection's [\`private\`](configuration.md#a-collection) condition keeps records in the CRM; where a record becomes private, the cloud's copy is deleted by a proven delete, whatever \`outOfScope\` says, and also where it had stayed behind. What the condition does not know (null) is private. The record's status says \`private\`, and \`retraction\` whether the copy's end is proved (\`done\`) or under way. The delete counts against the forward delete budget. A new or changed condition takes hold with \`tidegate attach\`. An edit that the cloud's users made meanwhile is kept as a conflict; \`cloud-wins\` does not bring the copy back.
- **Fields.** A column that no field names is not even readable to the roles that exchange data. Fields that the CRM keeps to itself can't be written by the cloud's users; [sealed](sealed.md) ones they can't read either.
- **The application's own users.** \`access\` in a collection's configuration names database roles, one a kind of user. \`attach\` writes grants by column, and for the records policies, permissive and restrictive alike, so that no policy of the table's owner widens them. \`own\` compares the owner's column with the setting \`tidegate.user\`, which the application sets for each transaction; without it nothing is one's own. Where row level security was off, it is switched on and forced, and all other roles keep what they have; \`detach\` takes all of it off again, and gives the roles back what they held before. Tables without \`access\` get grants and capture only.
- **The sample CRM's page** lives under such rules: for every request that reads or writes records it takes on the role of its user (\`SET LOCAL ROLE\`) and names the user (\`tidegate.user\`, the e-mail address) for one transaction, and PostgreSQL does the rest. Records that the user may not see are not found (404 \`record-not-found\`), writes beyond the rules are refused (403 \`record-denied\`, \`field-denied\`), hidden fields are not sent, and neither searched nor sorted by; a filter that would tell of one is refused. The record's history, its states, conflicts, records set aside and plans follow the same rules. A rule that hides searched columns, or opens only some records, is paid for by its own role: its searches read the table instead of the index of words ([performance](performance.md)). Counts of whole tables in the console are those of the company.

\`\`\`ts
access: {
  owner: 'owner_email',
  rules: [
    { role: 'crm_user', read: 'all', write: 'own', hidden: ['credit_limit'], readOnly: ['account_id'] },
    { role: 'crm_auditor', read: { sql: 'not private' } },
  ],
}
\`\`\`

- **The third party's own users.** Its configuration ([\`tidegate.cloud.config.ts\`](configuration.md#the-third-party)) says by tenant, collection and kind of employee which records they read and write (\`all\`, \`own\`, \`none\`, or a condition), and which fields are hidden or read-only, beyond what the CRM keeps to itself. \`own\` compares the owner's field or column with the e-mail address of the employee; the sample applications have a column \`owner\`, which is filled with whoever makes a record, and empty where the CRM made it. Provisioning makes a database role for each kind of employee of such a tenant, writes its rights by column and restrictive policies, and takes away what is configured no more; a registration does the same for its table. The page and its API take on the role, the tenant and the employee for one transaction. A tenant's records are closed to \`cloud_user\` itself as soon as it has rules: a process that forgets them shows nothing. A rule that names a field which is not there, or hides a key, is refused (\`configuration-invalid\`); the producer does not start with rules that were not provisioned, and neither it nor the page with a role that could go round them (\`role-unsafe\`). At the page records that are hidden are not found (404), writes beyond the rules are 403 \`record-denied\` or \`field-denied\`, and hidden fields are neither sent nor named.

\`\`\`ts
export default defineCloudConfig({
  access: [
    {
      tenant: 'acme',
      collection: 'contacts',
      owner: 'owner',
      rules: [
        { role: 'editor', read: 'all', write: 'own', readOnly: ['note'] },
        { role: 'reader', hidden: ['emails', 'phones', 'addresses'] },
      ],
    },
  ],
});
\`\`\``;

const OUTRO = `A right on single columns names them. What is not in these lists is refused with SQLSTATE 42501: a test connects as each role and tries every act on every table and column.
`;

/** docs/access.md: roles and their rights, out of the lists that provisioning writes. */
export function accessDocument(): string {
  const tables = [...read('control/schema.prisma').matchAll(/@@map\("(\w+)"\)/g)].map(([, name = '']) => name);
  const rights = (side: Side) => [
    ...rightsIn(read(`control/grants/${side}.sql`), { tables, sequences: [] }),
    ...rightsIn(read(`${side}/grants.sql`), { tables: [], sequences: [] }),
  ];
  return [
    '# Who may do what with stored data',
    '',
    generatedNote('prisma/control/grants, prisma/crm/grants.sql and prisma/cloud/grants.sql'),
    '',
    INTRODUCTION,
    '',
    '## The control plane and the sample applications',
    '',
    OUTRO,
    '### At the CRM',
    '',
    matrix('crm', rights('crm')),
    '',
    '### At the cloud',
    '',
    matrix('cloud', rights('cloud')),
    '',
  ].join('\n');
}

/** One row a table, one column a role. */
function matrix(side: Side, rights: readonly string[]): string {
  const roles = STORE_ROLES[side];
  const parsed = rights.flatMap((right) => {
    const [, role = '', act = '', column, object = ''] = /^(\w+): (\w+)(?: \((\w+)\))? on ([\w. ]+)$/.exec(right) ?? [];
    return object === '' || object.startsWith('schema') || act === 'USAGE' ? [] : [{ role, act: act.toLowerCase(), column, object }];
  });
  const objects = [...new Set(parsed.map(({ object }) => object))].toSorted();
  const cell = (object: string, role: string): string => {
    const mine = parsed.filter((right) => right.object === object && right.role === role);
    return [...new Set(mine.map(({ act }) => act))]
      .map((act) => {
        const columns = mine.flatMap((right) => (right.act === act && right.column !== undefined ? [right.column] : []));
        return columns.length === 0 || mine.some((right) => right.act === act && right.column === undefined) ? act : `${act} (${columns.join(', ')})`;
      })
      .join(', ');
  };
  return [
    `| Table | ${roles.map((role) => `\`${role}\``).join(' | ')} |`,
    `|---|${roles.map(() => '---|').join('')}`,
    ...objects.map((object) => `| \`${object}\` | ${roles.map((role) => cell(object, role)).join(' | ')} |`),
  ].join('\n');
}
