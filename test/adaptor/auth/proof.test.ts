import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAccessToken, verifyAccessToken } from '../../../adaptor/auth/access-token.ts';
import { checkProof, createProof, verifyProof } from '../../../adaptor/auth/proof.ts';
import type { ProofDemand, ProvedRequest } from '../../../adaptor/auth/proof.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust } from '../../support/trusted-keys.ts';
import { createControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { CLOUD, CRM, HASH, NOW_MS, sampleKeys } from './sample-link.ts';

let plane: ControlPlane;
let keys: Awaited<ReturnType<typeof sampleKeys>>;
let request: ProvedRequest;
let demand: ProofDemand;
let otherToken: string;

beforeAll(async () => {
  plane = await createControlPlane();
  keys = await sampleKeys();
  const registry = await trust(...Object.values(keys));
  const grant = { client: CRM, thumbprint: HASH, operations: ['reverse'] as const, collections: ['contacts'] };
  const { accessToken } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS });
  otherToken = (await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS })).accessToken;
  request = { method: 'POST', path: '/v1/links/acme/development/hub/collections/contacts/reverse', accessToken, body: 'a.b.c' };
  const token = await verifyAccessToken(accessToken, { audience: CLOUD, registry, thumbprint: HASH, nowMs: NOW_MS });
  demand = { request, token, audience: CLOUD, registry, nowMs: NOW_MS };
});

afterAll(() => plane[Symbol.asyncDispose]());

const prove = (changed: Partial<ProvedRequest> = {}, id: string = randomUUID()) => createProof(keys.crm, { ...request, ...changed }, { nowMs: NOW_MS, id });
const use = (proof: string) => codeOf(verifyProof(plane.pool, proof, demand));

describe('a proof', () => {
  it('is taken for its request', async () => {
    expect(await use(await prove())).toBe('accepted');
  });

  it.each([
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/links/acme/development/hub/collections/tasks/reverse' }],
    ['query', { path: '/v1/links/acme/development/hub/collections/contacts/reverse?all' }],
    ['body', { body: 'a.b.d' }],
  ] as const)('is refused for another %s', async (_, changed) => {
    expect(await use(await prove(changed))).toBe('proof-mismatch');
  });

  it('is refused for another token, a body that it does not name, and no body where it names one', async () => {
    expect(await use(await prove({ accessToken: otherToken }))).toBe('proof-mismatch');
    const { body: _, ...bare } = request;
    const bareProof = await createProof(keys.crm, bare, { nowMs: NOW_MS });
    expect(await use(bareProof)).toBe('proof-mismatch');
    expect(await codeOf(checkProof(bareProof, { ...demand, request: bare }))).toBe('accepted');
    expect(await codeOf(checkProof(await prove(), { ...demand, request: bare }))).toBe('proof-mismatch');
  });

  it('is refused of anyone but the client of the token', async () => {
    expect(await use(await createProof(keys.cloud, request, { nowMs: NOW_MS }))).toBe('issuer-not-crm');
    expect(await use(await createProof(keys.otherCrm, request, { nowMs: NOW_MS }))).toBe('link-mismatch');
    const token = { ...demand.token, sub: 'crm:acme/development/other' };
    expect(await codeOf(checkProof(await prove(), { ...demand, token }))).toBe('proof-mismatch');
  });

  it('is refused when it is old', async () => {
    expect(await use(await createProof(keys.crm, request, { nowMs: NOW_MS - 91_000 }))).toBe('message-expired');
  });

  it('is used once: as is, signed anew under the same id, after a restart (attack 18)', async () => {
    const id = randomUUID();
    const proof = await prove({}, id);
    expect(await use(proof)).toBe('accepted');
    expect(await use(proof)).toBe('replayed');
    expect(await use(await createProof(keys.crm, request, { nowMs: NOW_MS + 1000, id }))).toBe('replayed');
    const restarted = new Pool({ connectionString: plane.database.adminUrl });
    expect(await codeOf(verifyProof(restarted, proof, demand))).toBe('replayed');
    await restarted.end();
  });

  it('is told apart when its id comes with another body (attack 19)', async () => {
    const id = randomUUID();
    expect(await use(await prove({}, id))).toBe('accepted');
    const other = { ...request, body: 'x.y.z' };
    expect(await codeOf(verifyProof(plane.pool, await prove(other, id), { ...demand, request: other }))).toBe('replayed-different');
  });

  it('is not used up by a request that it does not belong to', async () => {
    const proof = await prove();
    expect(await codeOf(verifyProof(plane.pool, proof, { ...demand, request: { ...request, method: 'PUT' } }))).toBe('proof-mismatch');
    expect(await use(proof)).toBe('accepted');
  });

  it('is taken from one of 100 copies at the same time (attack 23)', async () => {
    const proof = await prove();
    const codes = await Promise.all(Array.from({ length: 100 }, () => use(proof)));
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(codes.filter((code) => code === 'replayed')).toHaveLength(99);
  });
});
