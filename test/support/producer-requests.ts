import { createHash } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode } from '../../exchange/errors.ts';
import { NO_UPDATE_PERFORMED } from '../../exchange/problem.ts';
import { JWS_MEDIA_TYPE, PATHS, PROOF_HEADER, WINDOW_MEDIA_TYPE } from '../../exchange/protocol.ts';
import type { TestProducer } from './test-producer.ts';

/** An HTTP request without anything of Tidegate's client in it. */
export interface PlainRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The client's certificate; null for none. Default: the CRM's. */
  readonly tls?: TlsMaterial | null;
}

/** An HTTP answer. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request on a connection of its own. Rejects with the connection's error where there is no answer. */
export function send(
  producer: Pick<TestProducer, 'port' | 'crmTls' | 'authority'>,
  { method = 'POST', path, headers = {}, body, tls = producer.crmTls }: PlainRequest,
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: producer.port,
        method,
        path,
        headers,
        agent: false,
        minVersion: 'TLSv1.3',
        ca: producer.authority.certificatePem,
        ...(tls === null ? {} : { cert: tls.certificate, key: tls.key }),
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString() }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** What a request is signed with where it is not as the CRM would. */
export interface Signing {
  readonly tls?: TlsMaterial;
  readonly key?: SigningKey;
  /** An access token to use as it is. */
  readonly accessToken?: string;
  readonly scope?: string;
  readonly mediaType?: string;
  readonly proof?: string;
}

/** Asks for a token as any OAuth client would; its text. */
export async function fetchToken(producer: TestProducer, { tls = producer.crmTls, key = producer.crmKey, scope }: Signing = {}): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await createAssertion(key),
    scope: scope ?? 'open register forward reverse collection:contacts collection:tasks collection:products',
  });
  const answer = await send(producer, { path: PATHS.token, tls, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() });
  expect(answer).toMatchObject({ status: 200 });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

/** A request with token and proof, ready to be sent, altered or sent twice. */
export async function signedRequest(
  producer: TestProducer,
  method: 'POST' | 'PUT',
  path: string,
  body: string | Uint8Array,
  signing: Signing = {},
): Promise<PlainRequest & { headers: Record<string, string> }> {
  const accessToken = signing.accessToken ?? (await fetchToken(producer, signing));
  const isJws = typeof body === 'string';
  const proof = signing.proof ?? (await createProof(signing.key ?? producer.crmKey, { method, path, accessToken, ...(isJws ? { body } : {}) }));
  const headers = {
    authorization: `Bearer ${accessToken}`,
    [PROOF_HEADER]: proof,
    'content-type': signing.mediaType ?? (isJws ? JWS_MEDIA_TYPE : WINDOW_MEDIA_TYPE),
  };
  return { method, path, headers, body, ...(signing.tls ? { tls: signing.tls } : {}) };
}

/** The answer is the problem document of this code, says that no update was performed, and holds nothing that it should not. */
export function expectRefused(answer: PlainAnswer, code: ErrorCode, secrets: readonly string[] = []): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: ERROR_CATALOGUE[code].status,
    body: expect.stringContaining(`"${code}"`) as string,
  });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(problem).toMatchObject({
    type: `urn:tidegate:error:${code}`,
    title: ERROR_CATALOGUE[code].title,
    status: answer.status,
    code,
    noUpdate: NO_UPDATE_PERFORMED,
  });
  for (const secret of ['select ', 'insert into', '    at ', 'node_modules', ...secrets]) expect(answer.body.toLowerCase()).not.toContain(secret.toLowerCase());
}

/** Digest of everything in the store but the audit log and the ids that were used up: equal before and after a refusal. */
export async function storeState(admin: Pool): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('cloud', 'records', 'tidegate') and tablename not in ('audit_event', 'used_id') order by 1`,
  );
  const hash = createHash('sha256');
  for (const { name } of tables) {
    const { rows } = await admin.query<{ content: string | null }>(`select string_agg(t::text, E'\\n' order by t::text) as content from ${name} t`);
    hash.update(`${name}\n${rows[0]?.content ?? ''}\n`);
  }
  return hash.digest('hex');
}

/** Codes in the audit log, oldest first. */
export async function auditedCodes(admin: Pool): Promise<readonly string[]> {
  const { rows } = await admin.query<{ code: string }>(`select code from tidegate.audit_event where event = 'request-refused' order by id`);
  return rows.map((row) => row.code);
}
