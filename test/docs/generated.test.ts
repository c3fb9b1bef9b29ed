import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { secretSettings } from '../../configuration/secret-files.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { staleDocuments } from '../../scripts/docs/check-generated.ts';
import { configurationDocument, environmentTable } from '../../scripts/docs/configuration.ts';
import { type DescribedSchema, defaultOf, valuesOf } from '../../scripts/docs/described-setting.ts';
import { errorsDocument } from '../../scripts/docs/errors.ts';
import { openapiDocument } from '../../scripts/docs/openapi.ts';
import { OPERATIONS } from '../../scripts/docs/openapi-operations.ts';
import { producerRoutes } from '../../scripts/docs/producer-routes.ts';
import { settingGroups } from '../support/setting-groups.ts';
import { folderWith } from './broken-documents.ts';

describe('generated documents', () => {
  it('are stale where a word differs or the file is missing', () => {
    const documents = { 'docs/a.md': () => 'made\n', 'docs/b.md': () => 'made\n', 'docs/c.md': () => 'made\n' };
    const { root } = folderWith({ 'docs/a.md': 'made\n', 'docs/b.md': 'made by hand\n' });
    expect(staleDocuments(root, documents)).toEqual(['docs/b.md', 'docs/c.md'].map((path) => `${path} is not what its source makes: run npm run docs`));
  });
});

describe('docs/openapi.json', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(openapiDocument());
    expect(result).toEqual({ valid: true });
  });

  it('would be found invalid, and its references dead', async () => {
    const broken = JSON.parse(openapiDocument()) as { paths: Record<string, { get?: { responses?: unknown } }> };
    delete broken.paths[PATHS.health]?.get?.responses;
    broken.paths['no-slash'] = {};
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('has every reference it uses, and every path of the protocol', () => {
    const text = openapiDocument();
    const { components, paths } = JSON.parse(text) as { components: Record<string, Record<string, unknown>>; paths: Record<string, unknown> };
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) expect(components[kind]).toHaveProperty([name]);
    const link = '{tenant}/{environment}/{link}' as const;
    const ordinal = '{ordinal}' as unknown as number;
    expect(Object.keys(paths)).toEqual([
      PATHS.health,
      PATHS.token,
      PATHS.opening(link),
      PATHS.registration(link, '{collection}'),
      PATHS.window(link, '{collection}', ordinal),
      PATHS.chunk(link, '{collection}', ordinal, '{chunk}' as unknown as number),
      PATHS.closeLoad(link, '{collection}', ordinal),
      PATHS.settle(link, '{collection}', ordinal),
      PATHS.erasures(link, '{collection}'),
      PATHS.reverse(link, '{collection}'),
      PATHS.reverseReceipt(link, '{collection}', ordinal),
      PATHS.reconciliation(link, '{collection}'),
      PATHS.preview(link, '{collection}'),
    ]);
  });

  it('is not made while a route is not told of, or one is told that is gone', () => {
    const routes = producerRoutes();
    expect(() => openapiDocument([...routes, { method: 'get', path: '/v1/new', operation: 'none' }])).toThrow('get /v1/new');
    expect(() => openapiDocument(routes.slice(1))).toThrow('get /v1/health');
    expect(() => openapiDocument(routes, { ...OPERATIONS, 'get /v1/gone': { id: 'gone', summary: '', answers: {} } })).toThrow('get /v1/gone');
  });

  it('asks for token and proof wherever the producer does', () => {
    const { paths } = JSON.parse(openapiDocument()) as { paths: Record<string, Record<string, { security: object[] }>> };
    const open = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ security }) => ('token' in (security[0] ?? {}) ? [] : [path])),
    );
    expect(open).toEqual([PATHS.health, PATHS.token]);
  });
});

describe('docs/errors.md', () => {
  it('answers both questions for every code, under a heading of its own', () => {
    const sections = errorsDocument().split('\n### ').slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(Object.keys(ERROR_CATALOGUE).sort());
    for (const section of sections) expect(section).toMatch(/- Is this normal\? [A-Z].*\.\n- What to do: [A-Z].*\.\n/);
  });
});

describe('docs/configuration.md', () => {
  it('has every setting of every group in the environment', async () => {
    const text = configurationDocument();
    const groups = (await settingGroups()).map(({ schema }) => schema);
    expect(groups.length).toBeGreaterThan(10);
    for (const group of groups) for (const name of Object.keys(group.shape)) expect(text).toContain(`| \`${name}\` |`);
  });

  it('marks the secrets, which may come from a file, and nothing else', async () => {
    const rows = configurationDocument()
      .split('\n')
      .filter((line) => line.startsWith('| `TIDEGATE_'));
    const groups = await settingGroups();
    for (const name of new Set(groups.flatMap(({ schema }) => Object.keys(schema.shape)))) {
      const kinds = new Set(groups.filter(({ schema }) => name in schema.shape).map(({ schema }) => secretSettings(schema).includes(name)));
      // An administrator's URL is a secret in some groups, and has its password apart in another.
      if (kinds.size > 1) continue;
      const marks = rows.filter((row) => row.startsWith(`| \`${name}\` |`)).map((row) => row.includes('*Secret.*'));
      expect({ name, marks: [...new Set(marks)] }).toEqual({ name, marks: name.startsWith('TIDEGATE_') ? [...kinds] : [] });
    }
  });

  it('tells days as days, and what a switch takes', () => {
    const cells = (name: string) =>
      configurationDocument()
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\` |`))
        ?.split(' | ')
        .slice(2);
    expect(cells('TIDEGATE_RETENTION_CHANGE_LOG_DAYS')).toEqual(['whole number, 1 to 3,650 (days)', '30', 'More: a larger database. |']);
    expect(cells('changeLogDays')?.slice(0, 3)).toEqual(['whole number, 1 to 3,650', 'days', '30']);
    expect(cells('approval.breach')?.slice(0, 3)).toEqual(['`true` or `false`', '', '`true`']);
    expect(cells('changeShare.forward')?.slice(0, 3)).toEqual(['number, 0 to 1', '', '1']);
    expect(cells('access.rules[].read')?.[0]).toBe('`all`, `own`, `none` or `{ sql: [...] }`');
  });

  it('is not made of a setting that is not described', () => {
    expect(() => environmentTable('a group', z.object({ TIDEGATE_NEW: z.string() }))).toThrow('a group: TIDEGATE_NEW has no description');
  });

  it('tells unit, default, bounds and cost', () => {
    const row = configurationDocument()
      .split('\n')
      .find((line) => line.startsWith('| `load.streams`'));
    expect(row?.split('|').map((cell) => cell.trim())).toEqual([
      '',
      '`load.streams`',
      'Chunks sent at a time.',
      'whole number, 1 to 16',
      'streams',
      '2',
      expect.stringMatching(/.+/),
      '',
    ]);
  });

  it.each([
    [z.int(), 'whole number', 'required'],
    [z.int().max(9), 'whole number, up to 9', 'required'],
    [z.int().min(1000), 'whole number, 1,000 or more', 'required'],
    [z.int().min(0).max(65_535).default(0), 'whole number, 0 to 65,535', '0'],
    [z.enum(['a', 'b', 'c']).default('b'), '`a`, `b` or `c`', '`b`'],
    [z.array(z.string()).min(1), 'list, at least one', 'required'],
    [z.array(z.string()).default([]), 'list', '`[]`'],
    [z.url(), 'URL', 'required'],
    [z.number().min(0).max(1).default(1), 'number, 0 to 1', '1'],
    [z.boolean().default(true), '`true` or `false`', '`true`'],
    [z.union([z.enum(['all', 'none']), z.strictObject({ sql: z.string() })]).default('all'), '`all`, `none` or `{ sql: [...] }`', '`all`'],
    [z.record(z.string(), z.string()).default({}), 'object', '`{}`'],
    [z.string().regex(/^a|b$/), 'text like `^a\\|b$`', 'required'],
  ])('says in words what values are taken (%#)', (schema, values, fallback) => {
    const json = z.toJSONSchema(schema, { io: 'input' }) as DescribedSchema;
    const told = json.type === 'integer' && json.minimum === Number.MIN_SAFE_INTEGER ? { ...json, minimum: undefined } : json;
    expect(valuesOf(told as DescribedSchema)).toBe(values);
    expect(defaultOf(json, true)).toBe(fallback);
  });
});
