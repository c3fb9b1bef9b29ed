import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { answerSchemas } from '../../scripts/docs/page-api/answer-schemas.ts';
import { cloudApi, crmApi, pageApiDocument } from '../../scripts/docs/page-api/document.ts';
import { inputSchema, membersOf } from '../../scripts/docs/page-api/input-schema.ts';
import { repeated } from '../../crm/api/parse.ts';
import { readApi } from '../support/openapi.ts';

describe.each([
  ['docs/crm-api.json', crmApi],
  ['docs/cloud-page-api.json', cloudApi],
])('%s', (_file, apiOf) => {
  it('is valid OpenAPI 3.1, with every reference that it uses and an id of its own for each operation', async () => {
    const text = pageApiDocument(apiOf());
    expect(await new Validator().validate(text)).toEqual({ valid: true });
    const { components, paths } = JSON.parse(text) as { components: Record<string, Record<string, unknown>>; paths: Record<string, object> };
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([\w.-]+)"/g)) expect(components[kind]).toHaveProperty([name]);
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }: { operationId: string }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is not made while a route is not told of, or one is told that is gone', () => {
    const api = apiOf();
    expect(() => pageApiDocument({ ...api, routes: [...api.routes, 'get /api/new'] })).toThrow('not told: get /api/new');
    expect(() => pageApiDocument({ ...api, routes: api.routes.filter((name) => name !== 'get /api/session') })).toThrow('not there: get /api/session');
    const answers = { ...api.answers, answers: { ...api.answers.answers, 'get /api/gone': {} } };
    expect(() => pageApiDocument({ ...api, answers })).toThrow('not there: get /api/gone');
  });

  it('tells each refusal with its code under its status, and when to come again', () => {
    const { paths, components } = JSON.parse(pageApiDocument(apiOf())) as {
      paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>;
      components: {
        responses: Record<string, { headers?: object; content: Record<string, { schema: { allOf: { properties?: { code: { enum: string[] } } }[] } }> }>;
      };
    };
    for (const [name, { headers, content }] of Object.entries(components.responses)) {
      const [status] = name.split('.');
      for (const code of content['application/problem+json']?.schema.allOf[1]?.properties?.code.enum ?? [])
        expect(String(ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE].status)).toBe(status);
      if (status === '429') expect(headers).toHaveProperty(['Retry-After']);
    }
    for (const methods of Object.values(paths))
      for (const { responses } of Object.values(methods)) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['429', '503']));
  });
});

describe('an answer that the document does not tell of', () => {
  const api = readApi('crm-api.json');
  const operation = api.find('GET', '/api/requests/:id');
  const at = (status: number, body: object, mediaType = status < 400 ? 'application/json' : 'application/problem+json') =>
    operation === undefined ? ['no operation'] : api.undocumented(operation, { status, mediaType, body: JSON.stringify(body) });
  const problem = { type: 'urn:tidegate:error:x', title: 't', status: 404, detail: 'd', noUpdate: 'No update was performed.', facts: {} };

  it('is found: another status, code, media type, member, or nothing said of updates', () => {
    expect(at(404, { ...problem, code: 'record-not-found' })).toEqual([]);
    expect(at(404, { ...problem, code: 'path-unknown' })).toEqual([expect.stringContaining('$.code')]);
    expect(at(404, { ...problem, code: 'record-not-found', noUpdate: 'x' })).toEqual([expect.stringContaining('no update')]);
    expect(at(404, { ...problem, code: 'record-not-found', detail: 'select 1' })).toEqual([expect.stringContaining('tells too much')]);
    expect(at(418, problem)).toEqual([expect.stringContaining('418 is not documented')]);
    expect(at(404, { ...problem, code: 'record-not-found' }, 'text/html')).toEqual([expect.stringContaining('text/html')]);
    expect(at(200, { another: 1 })).toContain('GET /api/requests/{id}: 200 $.another is not documented');
  });
});

describe('schemas of answers', () => {
  // One file for all: reading the library's types takes a second.
  const file = join(mkdtempSync(join(tmpdir(), 'tidegate-answers-')), 'answers.ts');
  writeFileSync(
    file,
    `interface Tree { name: string; below: readonly Tree[] }
     export interface Answers {
       'get /a': { at: Date; n?: number; tags: readonly string[]; by: Record<string, boolean>; kind: 'a' | 'b' | null; any: unknown; pair: [string, number] };
       'get /b': Tree & { extra: true };
     }
     export interface WithBigint { 'get /a': { n: bigint } }
     export interface WithFunction { 'get /a': { f(): void } }
     declare namespace One { interface Same { a: string } }
     declare namespace Two { interface Same { b: string } }
     export interface WithTwo { 'get /a': One.Same; 'get /b': Two.Same }`,
  );

  it('are those of the types, as JSON leaves them', () => {
    const { answers, shared } = answerSchemas(file, 'Answers');
    expect(answers['get /a']).toEqual({
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        n: { type: 'number' },
        tags: { type: 'array', items: { type: 'string' } },
        by: { type: 'object', properties: {}, additionalProperties: { type: 'boolean' } },
        kind: { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] },
        any: {},
        pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
      },
      required: ['at', 'tags', 'by', 'kind', 'any', 'pair'],
      additionalProperties: false,
    });
    const tree = { $ref: '#/components/schemas/Tree' };
    expect(shared['Tree']).toMatchObject({ properties: { below: { type: 'array', items: tree } } });
    expect(answers['get /b']).toMatchObject({ properties: { below: { items: tree }, extra: { const: true } } });
  });

  it('are not made of what JSON cannot hold', () => {
    expect(() => answerSchemas(file, 'WithBigint')).toThrow('get /a.n: bigint has no form in JSON');
    expect(() => answerSchemas(file, 'WithFunction')).toThrow('a function has no form in JSON');
    expect(() => answerSchemas(file, 'None')).toThrow('declares no interface');
    expect(() => answerSchemas(file, 'WithTwo')).toThrow('get /b: two types are called Same');
  });
});

describe('schemas of requests', () => {
  it('tell what may be given, before defaults and transformations', () => {
    const schema = z.strictObject({ size: z.coerce.number().int().min(1).default(5), key: repeated(z.uuid(), 3), name: z.string().trim().toLowerCase() });
    expect(membersOf(schema).map(({ name, required }) => [name, required])).toEqual([
      ['size', false],
      ['key', true],
      ['name', true],
    ]);
    expect(inputSchema(schema)).toMatchObject({ properties: { key: { type: 'array', maxItems: 3, items: { format: 'uuid' } } }, additionalProperties: false });
  });
});
