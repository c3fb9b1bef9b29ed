import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { NO_UPDATE_PERFORMED } from '../../exchange/problem.ts';
import { PROBLEM_MEDIA_TYPE, PROOF_HEADER, TYP } from '../../exchange/protocol.ts';
import { signAnything } from '../adaptor/auth/forge.ts';
import { CONTACTS } from '../cloud/service-manager/service-manager-fixture.ts';
import { type JsonSchema, schemaFaults, valuesOf } from '../support/json-schema.ts';
import { type PlainAnswer, fetchToken, send } from '../support/producer-requests.ts';
import { TestCrm } from '../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

/*
 * Requests that are drawn from docs/openapi.json against a producer's port. They carry a good certificate, mostly a good
 * token and proof, and objects that the CRM's key really signed, so that they reach what stands behind the signature.
 * Every answer has to be one that the document tells of, and none may be a fault of the server.
 */

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly schema: JsonSchema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema & { readonly 'x-tidegate-claims'?: string } }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const RUNS_EACH = 50;
const api = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as OpenApi;
const resolve = (reference: string): JsonSchema => api.components.schemas[reference.split('/').at(-1) ?? ''] ?? {};
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase() as 'GET' | 'POST' | 'PUT',
    path,
    operation,
    name: operation.operationId,
  })),
);

let producer: TestProducer;
let token: string;
beforeAll(async () => {
  // A held answer would only be waited for.
  producer = await startTestProducer({ limits: { requestTimeoutMs: 5000, silenceTimeoutMs: 1000 } });
  const crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [{ op: 'I', values: [randomUUID(), 'Ada', null, null, null] }]);
  token = await fetchToken(producer);
}, 60_000);
afterAll(() => producer[Symbol.asyncDispose]());

/** Parts of a path: those of the link that is there, those that the document allows, and others. */
function pathsOf(path: string, { parameters = [] }: Operation): fc.Arbitrary<string> {
  const known: Readonly<Record<string, string>> = { ...producer.link, collection: 'contacts', ordinal: '3', chunk: '0' };
  const hostile = fc.constantFrom("'--", '%00', '..%2f..', '-1', '1e9', '9'.repeat(40), 'CONTACTS', '__proto__', '%F0%9F%92%A9', '%F0%9F');
  const parts = parameters.map(({ name, schema }) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(known[name] ?? 'x') },
      { weight: 2, arbitrary: valuesOf(schema, resolve).map((value) => encodeURIComponent(String(value))) },
      { weight: 1, arbitrary: hostile },
    ),
  );
  return fc.tuple(...parts).map((values) => parameters.reduce((text, { name }, at) => text.replace(`{${name}}`, values[at] ?? ''), path));
}

/** What stands in every signed object, right: what is drawn comes after it only where `isWhole` is not asked for. */
const usual = (typ: string) => {
  const now = Math.floor(Date.now() / 1000);
  const addressed = { iss: producer.crmKey.party, aud: producer.cloudKey.party, iat: now, exp: now + 60, jti: randomUUID() };
  return { ...addressed, ...producer.link, epoch: 1, generation: 1, collection: 'contacts', ...(typ === TYP.reverseMessage ? { holdMs: 0 } : {}) };
};

const typOf = (description = ''): string => /`typ` `([^`]+)`/.exec(description)?.[1] ?? '';

/** Bodies of an operation: objects that the CRM signed over drawn claims, frames, forms, and bytes of any kind. */
function bodiesOf({ requestBody }: Operation): fc.Arbitrary<{ readonly mediaType: string; readonly make: () => Promise<string | Uint8Array> }> {
  const [entry] = Object.entries(requestBody?.content ?? {});
  if (entry === undefined) return fc.constant({ mediaType: 'text/plain', make: async () => '' });
  const [mediaType, { schema }] = entry;
  const bytes = fc.uint8Array({ maxLength: 300 }).map((drawn) => ({ mediaType, make: async (): Promise<string | Uint8Array> => drawn }));
  const others = fc.constantFrom('text/plain', 'application/json', '', mediaType).map((other) => ({ mediaType: other, make: async () => '{"a":1}' }));
  if (mediaType === 'application/x-www-form-urlencoded') {
    const form = valuesOf(schema, resolve).map((drawn) => ({
      mediaType,
      make: async () => new URLSearchParams({ ...(drawn as Record<string, string>), client_assertion: await createAssertion(producer.crmKey) }).toString(),
    }));
    return fc.oneof({ weight: 4, arbitrary: form }, bytes, others);
  }
  const claims = schema['x-tidegate-claims'];
  if (claims === undefined) {
    const frames = fc.array(fc.tuple(fc.constantFrom('d', 'm', 'x', '\u0000'), fc.string({ maxLength: 40 })), { maxLength: 4 }).map((drawn) => ({
      mediaType,
      make: async () =>
        Buffer.concat(
          drawn.flatMap(([kind, text]) => {
            const content = Buffer.from(text);
            const length = Buffer.alloc(4);
            length.writeUInt32BE(content.length);
            return [Buffer.from(kind, 'latin1'), length, content];
          }),
        ),
    }));
    return fc.oneof({ weight: 4, arbitrary: frames }, bytes, others);
  }
  const typ = typOf((schema as { description?: string }).description);
  const header = () => ({ alg: 'EdDSA', typ, kid: producer.crmKey.kid });
  const drawn = fc.tuple(valuesOf(resolve(claims), resolve), fc.boolean(), fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }));
  const signed = drawn.map(([body, isWhole, member, value]) => ({
    mediaType,
    make: async () => {
      const right = { ...(body as object), ...usual(typ) };
      return signAnything(producer.crmKey, header(), JSON.stringify(isWhole ? right : { ...right, [member]: value }));
    },
  }));
  return fc.oneof({ weight: 6, arbitrary: signed }, bytes, others);
}

/** Where an answer is none that the document tells of. */
function undocumented({ responses }: Operation, { status, headers, body }: PlainAnswer): readonly string[] {
  if (status >= 500) return [`${status}: ${body}`];
  const mediaType = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  if (status >= 400) {
    const problem = mediaType === PROBLEM_MEDIA_TYPE ? (JSON.parse(body) as { noUpdate?: string }) : {};
    const said = problem.noUpdate === NO_UPDATE_PERFORMED ? [] : ['it does not say that no update was performed'];
    return [...said, ...schemaFaults(problem, { $ref: '#/components/schemas/Problem' }, resolve)].map((fault) => `${status} ${mediaType}: ${fault}`);
  }
  const documented = responses[String(status)];
  if (documented === undefined) return [`${status} is not documented`];
  if (documented.content === undefined) return body === '' ? [] : [`${status} has a body`];
  const content = documented.content[mediaType];
  if (content === undefined) return [`${status} with ${mediaType} is not documented`];
  return mediaType === 'application/json' ? schemaFaults(JSON.parse(body), content.schema, resolve).map((fault) => `${status}: ${fault}`) : [];
}

describe('requests drawn from the OpenAPI document', () => {
  const ends = new Map<number, number>();

  it.each(operations)('to $name get answers that it documents', async ({ method, path, operation }) => {
    const request = fc.record({
      at: pathsOf(path, operation),
      body: bodiesOf(operation),
      // One of ten: a token or a proof that is none.
      spoiled: fc.constantFrom(...Array.from({ length: 18 }, () => 'nothing' as const), 'token' as const, 'proof' as const),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ at, body, spoiled }) => {
        const content = await body.make();
        const names = typeof content === 'string' && content !== '' ? { body: content } : {};
        const proof = await createProof(producer.crmKey, { method, path: at, accessToken: token, ...names });
        const headers = {
          ...(body.mediaType === '' ? {} : { 'content-type': body.mediaType }),
          authorization: `Bearer ${spoiled === 'token' ? 'a.b.c' : token}`,
          [PROOF_HEADER]: spoiled === 'proof' ? 'a.b.c' : proof,
        };
        const answer = await send(producer, { method, path: at, headers, ...(method === 'GET' ? {} : { body: content }) });
        ends.set(answer.status, (ends.get(answer.status) ?? 0) + 1);
        expect(undocumented(operation, answer)).toEqual([]);
      }),
      { numRuns: RUNS_EACH },
    );
  });

  it('were refused for many reasons, and some were taken: they reached what stands behind the signature', () => {
    expect([...ends.keys()]).toEqual(expect.arrayContaining([200, 400, 401]));
    expect(ends.size).toBeGreaterThan(5);
  });
});
