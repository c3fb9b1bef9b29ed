import { describe, expect, it } from 'vitest';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { type ConfigInput, ruledRoles } from '../../configuration/config.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { cloudPageSettingsSchema } from '../../configuration/settings/cloud.ts';
import { crmAppSettingsSchema } from '../../configuration/settings/crm.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';

/* What holds where nothing is said: a company decides nothing about these, and must be safe all the same. */

const identity = { tenant: 'acme', environment: 'test', link: 'hub' };
const table = (more: object = {}) => ({ name: 'firms', table: 'sales.firms', key: ['id'], fields: { id: 'id', note: 'note' }, ...more });
const linkOf = (collection: object, more: object = {}) => {
  const [link] = checkConfig({ links: [{ ...identity, collections: [collection], ...more }] } as ConfigInput).links;
  if (link === undefined) throw new Error('no link');
  return link;
};
const collectionOf = (more: object = {}) => {
  const [collection] = linkOf(table(more)).collections;
  if (collection === undefined) throw new Error('no collection');
  return collection;
};

describe('a collection of which little is said', () => {
  it('lets the CRM win, asks before a budget is exceeded, and lets nothing be deleted beyond one', () => {
    expect(collectionOf()).toEqual({
      name: 'firms',
      table: 'sales.firms',
      key: ['id'],
      fields: { id: { column: 'id' }, note: { column: 'note' } },
      authority: 'either',
      conflicts: 'crm-wins',
      constants: {},
      outOfScope: 'keep',
      references: [],
      deleteBudget: { forward: 1000, reverse: 1000 },
      changeShare: { forward: 1, reverse: 1 },
      approval: { firstLoad: false, reconnect: false, breach: true },
      identity: { kind: 'shared' },
    });
  });

  it('lets users of the application read all and write nothing where rules are begun', () => {
    expect(collectionOf({ access: { rules: [{ role: 'clerk' }] } }).access?.rules).toEqual([
      { role: 'clerk', read: 'all', write: 'none', hidden: [], readOnly: [] },
    ]);
  });

  it.each([
    ['a share above the whole', { changeShare: { forward: 1.1 } }, 'changeShare.forward'],
    ['a share below nothing', { changeShare: { reverse: -0.1 } }, 'changeShare.reverse'],
    ['a negative budget', { deleteBudget: { reverse: -1 } }, 'deleteBudget.reverse'],
    ['half a record in a budget', { deleteBudget: { forward: 1.5 } }, 'deleteBudget.forward'],
    ['no key', { key: [] }, 'key'],
    ['a filter without its columns', { filter: { sql: 'true' } }, 'filter.columns'],
    ['a gate without its columns', { private: { sql: 'secret', columns: [] } }, 'private.columns'],
    ['a rule of conflicts that there is not', { conflicts: 'latest-wins' }, 'conflicts'],
    ['a member that there is not', { confilcts: 'crm-wins' }, ''],
    ['rules without a rule', { access: { rules: [] } }, 'access.rules'],
  ])('is refused with %s', (_what, more, path) => {
    const at = ['links.0.collections.0', path].filter(Boolean).join('.');
    expect(() => collectionOf(more)).toThrow(expect.objectContaining({ code: 'configuration-invalid', message: expect.stringContaining(`  ${at}: `) }));
  });
});

describe('a link of which little is said', () => {
  it('has the periods, sizes and times of docs/configuration.md', () => {
    const { collections: _, ...link } = linkOf(table());
    expect(link).toEqual({
      ...identity,
      schedules: { forwardEveryMs: 300_000, reverseEveryMs: 300_000 },
      pump: { maxWindows: 500, maxDurationMs: 600_000, gatherMs: 20 },
      load: { chunkRows: 50_000, streams: 2 },
      approvals: { validMs: 604_800_000 },
      reverse: { validMs: 600_000, maxRows: 50_000, maxWindows: 100, holdMs: 0 },
      reconciliation: { scheduled: true, everyMs: 86_400_000, repair: false, maxDifferences: 10_000 },
    });
  });

  it.each([
    ['a message that is valid for longer than an hour', { reverse: { validMs: 3_600_001 } }],
    ['an answer that is held open for longer than a minute', { reverse: { holdMs: 60_001 } }],
    ['more streams than a store has connections for', { load: { streams: 17 } }],
    ['a Schedule that never rests', { schedules: { reverseEveryMs: 0 } }],
    ['no collection', { collections: [] }],
  ])('is refused with %s', (_what, more) => {
    expect(() => linkOf(table(), more)).toThrow(expect.objectContaining({ code: 'configuration-invalid' }));
  });

  it('is needed: a configuration has at least one', () => {
    expect(() => checkConfig({ links: [] })).toThrow(/ {2}links: /);
    expect(() => checkConfig(undefined)).toThrow(/ {2}\(top\): /);
  });
});

describe('the built-in collections', () => {
  it.each([contacts, appointments, tasks])('keep what is private in the CRM ($name)', (collection) => {
    expect(collection.private).toEqual({ sql: 'private', columns: ['private'] });
    expect(Object.values(collection.fields).map((field) => (typeof field === 'string' ? field : field.column))).not.toContain('private');
  });

  it('send parents before children, and translate states both ways', () => {
    expect(tasks.references).toEqual([{ fields: ['contactId'], collection: 'contacts' }]);
    expect(tasks.fields['status']).toMatchObject({ enumeration: { 'in-progress': 'in_progress' } });
  });
});

describe('what the data plane is told of a collection', () => {
  it('is who may change each field: as the field says, else as the collection does', () => {
    const { fields, ...source } = collectionSource(
      collectionOf({
        authority: 'crm',
        conflicts: 'review',
        fields: {
          id: 'id',
          note: { column: 'remark', authority: 'either', conflicts: 'cloud-wins' },
          salary: { column: 'pay', sealed: true },
          kind: { column: 'k', enumeration: { a: '1' } },
        },
        private: { sql: 'secret', columns: ['secret'] },
        access: { owner: 'owner', rules: [{ role: 'clerk', write: 'own' }] },
      }),
    );
    expect(fields.map(({ field, column, authority, conflicts, sealed, enumeration }) => [field, column, authority, conflicts, sealed, enumeration])).toEqual([
      ['id', 'id', 'crm', undefined, undefined, undefined],
      ['note', 'remark', 'either', 'cloud-wins', undefined, undefined],
      ['salary', 'pay', 'crm', undefined, true, undefined],
      ['kind', 'k', 'crm', undefined, undefined, { a: '1' }],
    ]);
    expect(source).toMatchObject({
      schema: 'sales',
      table: 'firms',
      conflicts: 'review',
      private: { sql: 'secret' },
      access: { owner: 'owner' },
      outOfScope: 'keep',
    });
  });

  it('is which rows its status counts: those of the filter, or all', () => {
    const where = (more: object) => statusQuestions(linkOf(table(more)))[0];
    expect(where({})).toEqual({ collection: 'firms', schema: 'sales', table: 'firms', condition: 'true' });
    expect(where({ filter: { sql: 'active', columns: ['active'] } })).toMatchObject({ condition: expect.stringMatching(/^\(active\s\)$/) });
  });

  it('is which roles of the application have rules, each once', () => {
    const access = { rules: [{ role: 'clerk' }, { role: 'boss' }] };
    const config = checkConfig({ links: [{ ...identity, collections: [table({ access }), table({ name: 'people', access })] }] } as ConfigInput);
    expect(ruledRoles(config)).toEqual(['clerk', 'boss']);
    expect(ruledRoles(checkConfig({ links: [{ ...identity, collections: [table()] }] } as ConfigInput))).toEqual([]);
  });
});

describe('the limits of a page', () => {
  it.each([
    ['CRM_APP', crmAppSettingsSchema],
    ['CLOUD_PAGE', cloudPageSettingsSchema],
  ])('of %s are named for it, and close the door after ten guesses at one password', (page, schema) => {
    const limits = Object.fromEntries(Object.entries(schema.shape).filter(([name]) => /_RATE_|_SIGN_IN_/.test(name)));
    expect(Object.fromEntries(Object.entries(limits).map(([name, setting]) => [name, setting.parse(undefined)]))).toEqual({
      [`TIDEGATE_${page}_RATE_REQUESTS`]: 2000,
      [`TIDEGATE_${page}_RATE_WINDOW_MS`]: 10_000,
      [`TIDEGATE_${page}_SIGN_IN_PER_USER`]: 10,
      [`TIDEGATE_${page}_SIGN_IN_PER_ADDRESS`]: 100,
      [`TIDEGATE_${page}_SIGN_IN_WINDOW_MS`]: 300_000,
    });
    for (const [name, setting] of Object.entries(limits)) expect([name, setting.safeParse('100000000').success]).toEqual([name, false]);
  });
});
