import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { NO_UPDATE_PERFORMED } from '../../exchange/problem.ts';
import { PROBLEM_MEDIA_TYPE } from '../../exchange/protocol.ts';
import { type JsonSchema, type Resolve, schemaFaults, valuesOf } from './json-schema.ts';

/** As much of an operation as the tests need. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly operationId: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly required: boolean; readonly schema: JsonSchema }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, AnswerTold>>;
}

interface AnswerTold {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

/** An OpenAPI document below docs/, ready to be held against requests and answers. */
export interface Api {
  readonly operations: readonly Operation[];
  readonly resolve: Resolve;
  /** What is wrong with an answer: another status, code, media type or member than the operation tells of, or a fault of the server. */
  undocumented(operation: Operation, answer: Answer): readonly string[];
  /** The operation that a request goes to; `route` is written as fastify writes it. */
  find(method: string, route: string): Operation | undefined;
}

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

/** Reads a document of this name. */
export function readApi(name: string): Api {
  const document = JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
    components: { schemas: Record<string, JsonSchema>; responses: Record<string, AnswerTold> };
  };
  const { schemas, responses } = document.components;
  const resolve: Resolve = (reference) => schemas[reference.split('/').at(-1) ?? ''] ?? {};
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({ ...each, path, method: method.toUpperCase() as Operation['method'] })),
  );
  return {
    operations,
    resolve,
    undocumented: (operation, answer) => {
      const told = operation.responses[String(answer.status)];
      const documented = told?.$ref === undefined ? told : responses[told.$ref.split('/').at(-1) ?? ''];
      return faultsOf(documented, answer, resolve).map((fault) => `${operation.method} ${operation.path}: ${answer.status} ${fault}`);
    },
    find: (method, route) => {
      const path = route.replaceAll(/:(\w+)/g, '{$1}');
      return operations.find((each) => each.method === method && each.path === path);
    },
  };
}

function faultsOf(documented: AnswerTold | undefined, { mediaType, body, status }: Answer, resolve: Resolve): readonly string[] {
  if (documented === undefined) return [`is not documented: ${body.slice(0, 300)}`];
  if (documented.content === undefined) return body === '' ? [] : [`has a body: ${body.slice(0, 300)}`];
  const content = documented.content[mediaType];
  if (content === undefined) return [`with ${mediaType} is not documented`];
  if (!mediaType.endsWith('json')) return [];
  const json = JSON.parse(body) as unknown;
  const said =
    mediaType === PROBLEM_MEDIA_TYPE && (json as { noUpdate?: unknown }).noUpdate !== NO_UPDATE_PERFORMED ? ['does not say that no update was performed'] : [];
  const talks = status >= 400 && /select |insert into|node_modules| {4}at /i.test(body) ? [`tells too much: ${body}`] : [];
  return [...said, ...talks, ...schemaFaults(json, content.schema, resolve)];
}

/** A request as it is drawn: path with its query, and the body as JSON. */
export interface DrawnRequest {
  readonly path: string;
  readonly body: unknown;
}

/** Requests that an operation's document allows. `known` gives parts of paths that are there. */
export function requestsOf(
  { resolve }: Api,
  { path, parameters = [], requestBody }: Operation,
  known: Readonly<Record<string, string>>,
): fc.Arbitrary<DrawnRequest> {
  const values = (schema: JsonSchema) => valuesOf(schema, resolve);
  const parts = fc.record(
    Object.fromEntries(
      parameters
        .filter((each) => each.in === 'path')
        .map(({ name, schema }) => [name, fc.oneof({ weight: 2, arbitrary: fc.constant(known[name] ?? 'x') }, values(schema))]),
    ),
  );
  const asked = parameters.filter((each) => each.in === 'query');
  const query = fc.record(Object.fromEntries(asked.map(({ name, schema }) => [name, values(schema)])), {
    requiredKeys: asked.filter(({ required }) => required).map(({ name }) => name),
  });
  const schema = requestBody?.content['application/json']?.schema;
  return fc.record({ parts, query, body: schema === undefined ? fc.constant(undefined) : values(schema) }).map((drawn) => ({
    path: `${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(wellFormed((drawn.parts as Record<string, unknown>)[name])))}${searchOf(drawn.query)}`,
    body: drawn.body,
  }));
}

const wellFormed = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

function searchOf(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, wellFormed(each)] as [string, string]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
