import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { inParentOrder } from '../../configuration/config.ts';
import { checkCloudConfig, checkConfig, loadCloudConfig, loadConfig } from '../../configuration/load-config.ts';
import type { TidegateError } from '../../exchange/errors.ts';

const link = { tenant: 'acme', environment: 'test', link: 'hub' };
const table = (name: string, more: object = {}) => ({ name, table: `s.${name}`, key: ['id'], fields: { id: 'id', parent: 'parent_id' }, ...more });

/** The faults that a configuration is refused with. */
function faultsOf(input: unknown): readonly string[] {
  try {
    checkConfig(input);
  } catch (error) {
    expect((error as TidegateError).code).toBe('configuration-invalid');
    return (error as TidegateError).facts['faults'] as readonly string[];
  }
  return [];
}

describe('a configuration', () => {
  it('of the built-in collections is right, and has its defaults', () => {
    const config = checkConfig({ links: [{ ...link, collections: [contacts, appointments, tasks] }] });
    expect(config.links[0]?.schedules.reverseEveryMs).toBe(300_000);
    expect(config.links[0]?.collections[0]?.deleteBudget).toEqual({ forward: 1000, reverse: 1000 });
    expect(config.links[0]?.collections[0]?.fields['givenName']).toEqual({ column: 'given_name' });
  });

  it('says of sealed fields and of access what cannot be', () => {
    const sealed = { column: 'x', sealed: true };
    const faults = faultsOf({
      links: [
        {
          ...link,
          collections: [
            table('a', { fields: { id: { column: 'id', sealed: true }, parent: 'p' } }),
            table('b', { fields: { id: 'id', x: { ...sealed, authority: 'either' } } }),
            table('c', { fields: { id: 'id', x: sealed }, filter: { sql: 'true', columns: ['y'] } }),
            table('d', { fields: { id: 'id', x: sealed }, constants: { kind: 'k' }, outOfScope: 'retract' }),
            table('e', { fields: { id: 'id', x: sealed }, references: [{ fields: ['x'], collection: 'd' }] }),
            table('f', { access: { rules: [{ role: 'clerk', write: 'own' }, { role: 'clerk' }] } }),
            table('g', { access: { rules: [{ role: 'tidegate_reverse' }] } }),
            table('h', { access: { owner: 'o', rules: [{ role: 'clerk', read: 'own' }] }, private: { sql: 'p', columns: ['p'] } }),
          ],
        },
      ],
    });
    expect(faults.map((fault) => fault.split(':')[0]).toSorted()).toEqual([
      'links.0.collections.0.fields.id.sealed',
      'links.0.collections.1.fields.x.authority',
      'links.0.collections.2.outOfScope',
      'links.0.collections.4.fields.x.sealed',
      'links.0.collections.5.access.owner',
      'links.0.collections.5.access.rules.1.role',
      'links.0.collections.6.access.rules.0.role',
    ]);
  });

  it('is refused with every fault by its path', () => {
    const faults = faultsOf({
      links: [
        {
          ...link,
          tenant: 'Acme Inc',
          collections: [
            table('a', { key: ['nothing'], references: [{ fields: ['parent', 'id'], collection: 'a' }] }),
            table('a', { table: 'no-schema' }),
            table('c', { fields: { id: 'id', x: 'same', y: 'same' }, constants: { id: '1' } }),
            table('d', {
              references: [{ fields: ['parent'], collection: 'missing' }],
              fields: { id: 'id', parent: { column: 'p', enumeration: { a: '1', b: '1' } } },
            }),
          ],
        },
      ],
    });
    expect(faults.map((f) => f.split(':')[0])).toEqual(
      expect.arrayContaining([
        'links.0.tenant',
        'links.0.collections.0.key.0',
        'links.0.collections.1.table',
        'links.0.collections.2.fields',
        'links.0.collections.2.constants.id',
      ]),
    );
    expect(faults.join('\n')).toContain('not reversible');
  });

  it('is refused where references are wrong, once its shape is right', () => {
    const faults = faultsOf({
      links: [
        {
          ...link,
          collections: [
            table('a', { references: [{ fields: ['parent'], collection: 'missing' }] }),
            table('b', { references: [{ fields: ['parent', 'id'], collection: 'a' }] }),
            table('b'),
            table('x', { references: [{ fields: ['parent'], collection: 'y' }] }),
            table('y', { references: [{ fields: ['parent'], collection: 'x' }] }),
          ],
        },
        { ...link, collections: [table('a')] },
      ],
    });
    expect(faults).toEqual([
      'links.0.collections.0.references.0.collection: there is no collection "missing"',
      'links.0.collections.1.references.0.fields: the key of "a" has 1 field(s)',
      'links.0.collections.2.name: collection "b" is declared twice',
      expect.stringMatching(/^links.0.collections: the order between collections goes in a circle/),
      'links.1: link "acme/test/hub" is declared twice',
    ]);
  });

  it('refuses a link that is declared twice', () => {
    const one = { ...link, collections: [table('a')] };
    expect(faultsOf({ links: [one, one] })).toEqual(['links.1: link "acme/test/hub" is declared twice']);
  });

  it('puts parents before children; a collection may refer to itself', () => {
    const of = (name: string, ...parents: string[]) => ({ name, references: parents.map((collection) => ({ collection })) });
    const ordered = inParentOrder([of('c', 'b'), of('b', 'a', 'b'), of('a')]);
    expect(ordered.map((c) => c.name)).toEqual(['a', 'b', 'c']);
  });
});

describe('a configuration file', () => {
  it('is read with its types, and refused by its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-config-'));
    try {
      const good = join(folder, 'good.ts');
      await writeFile(good, `const links: unknown[] = [${JSON.stringify({ ...link, collections: [table('a')] })}];\nexport default { links };\n`);
      expect((await loadConfig(good)).links).toHaveLength(1);
      const broken = join(folder, 'broken.ts');
      await writeFile(broken, 'export default {');
      await expect(loadConfig(broken)).rejects.toMatchObject({ code: 'configuration-invalid', message: expect.stringContaining('broken.ts') });
      const absent = join(folder, 'absent.ts');
      await expect(loadConfig(absent)).rejects.toMatchObject({
        code: 'configuration-invalid',
        message: expect.stringContaining(`${absent} cannot be read (ENOENT`),
      });
      // What keeps a module from loading is told, so that nobody has to look for it: a name that is not imported, a file that is not there.
      await writeFile(join(folder, 'throws.ts'), 'export default { links: [contacts] };');
      await expect(loadConfig(join(folder, 'throws.ts'))).rejects.toMatchObject({ message: expect.stringContaining('contacts is not defined') });
      await writeFile(join(folder, 'named.ts'), 'export const config = { links: [] };');
      await expect(loadConfig(join(folder, 'named.ts'))).rejects.toMatchObject({ message: expect.stringContaining('named.ts has no default export') });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the third party’s configuration', () => {
  const rules = (...given: object[]) => ({ access: [{ tenant: 'acme', collection: 'contacts', rules: given }] });

  it('has no rules unless it says so, and defaults that open no writing', async () => {
    expect(await loadCloudConfig(undefined)).toEqual({ access: [] });
    expect(checkCloudConfig(rules({ role: 'editor' })).access[0]?.rules).toEqual([{ role: 'editor', read: 'all', write: 'none', hidden: [], readOnly: [] }]);
  });

  it.each<[string, object, string]>([
    ['an unknown kind of employee', rules({ role: 'boss' }), 'access.0.rules.0.role'],
    ['two rules of one kind', rules({ role: 'editor' }, { role: 'editor' }), 'access.0.rules.1.role'],
    ['own records without an owner', rules({ role: 'editor', read: 'own' }), 'access.0.owner'],
    ['a reader who writes', rules({ role: 'reader', write: 'all' }), 'access.0.rules.0.write'],
    ['a collection twice', { access: [...rules({ role: 'editor' }).access, ...rules({ role: 'reader' }).access] }, 'access.1'],
    ['no rule', rules(), 'access.0.rules'],
    ['an unknown member', { acess: [] }, '(top)'],
  ])('with %s is refused', (_what, input, path) => {
    expect(() => checkCloudConfig(input)).toThrow(expect.objectContaining({ code: 'configuration-invalid', message: expect.stringContaining(`  ${path}: `) }));
  });

  it('that cannot be read is refused', async () => {
    await expect(loadCloudConfig('/nowhere/tidegate.cloud.config.ts')).rejects.toMatchObject({ code: 'configuration-invalid' });
  });
});
