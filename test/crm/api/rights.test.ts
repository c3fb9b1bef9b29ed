import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { may, type Permission, type Role } from '../../../crm/users/roles.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../test-crm.ts';

/*
 * Every route of the running API and the right that it takes. A route that is not in this table fails the first test: say
 * here what it takes. `open` is for everybody, `signed-in` for every user.
 */
const RIGHTS: Readonly<Record<string, Permission | 'open' | 'signed-in'>> = {
  'GET /api/session': 'signed-in',
  'GET /api/session/ways': 'open',
  'POST /api/session': 'open',
  'DELETE /api/session': 'open',
  'PUT /api/session/password': 'signed-in',
  'GET /api/session/openid': 'open',
  'GET /api/session/openid/callback': 'open',
  'GET /api/users': 'read-users',
  'POST /api/users': 'administer-users',
  'PATCH /api/users/:id': 'administer-users',
  'POST /api/users/:id/disable': 'administer-users',
  'POST /api/users/:id/enable': 'administer-users',
  'POST /api/users/:id/sign-out': 'administer-users',
  'POST /api/users/:id/reset-password': 'administer-users',
  'GET /api/status': 'read',
  'GET /api/health': 'read',
  'GET /api/trends': 'read',
  'GET /api/record-states': 'read',
  'GET /api/runs': 'read',
  'GET /api/events': 'read',
  'GET /api/requests/:id': 'read',
  'POST /api/synchronise': 'synchronise',
  'POST /api/pull': 'synchronise',
  'POST /api/pause': 'govern',
  'POST /api/resume': 'govern',
  'GET /api/set-aside': 'read',
  'POST /api/set-aside/:id/retry': 'govern',
  'POST /api/set-aside/:id/edit': 'govern',
  'POST /api/set-aside/:id/discard': 'govern',
  'GET /api/conflicts': 'read',
  'GET /api/conflicts/:id': 'govern',
  'POST /api/conflicts/decide': 'govern',
  'POST /api/conflicts/:id/keep': 'govern',
  'POST /api/conflicts/:id/restore': 'govern',
  'GET /api/set-aside/:id': 'govern',
  'GET /api/record-story': 'read',
  'GET /api/run-books': 'read',
  'GET /api/ledger': 'read',
  'GET /api/ledger/heads': 'read',
  'GET /api/ledger/verification': 'audit',
  'GET /api/keys': 'audit',
  'POST /api/keys/:id/revoke': 'govern',
  'GET /api/approvals': 'read',
  'POST /api/approvals/:id/approve': 'govern',
  'POST /api/approvals/:id/reject': 'govern',
  'GET /api/plans': 'read',
  'GET /api/plans/:id': 'govern',
  'POST /api/plans': 'govern',
  'GET /api/approvals/:id/differences': 'govern',
  'POST /api/undo': 'govern',
  'POST /api/undo/preview': 'govern',
  'GET /api/undo/:id': 'govern',
  'GET /api/reconciliations': 'read',
  'GET /api/reconciliations/:id/differences': 'read',
  'POST /api/reconciliations': 'synchronise',
  'GET /api/erasures': 'govern',
  'POST /api/erasures': 'govern',
  'GET /api/sealed-values': 'read',
  'POST /api/codec/decode': 'audit',
  'POST /api/codec/encode': 'govern',
  'OPTIONS /api/codec/decode': 'open',
  'OPTIONS /api/codec/encode': 'open',
  'GET /api/calendar': 'read',
  'GET /api/record-standing': 'read',
  'GET /api/record-timeline': 'read',
  'GET /api/options': 'read',
  'PUT /api/options/mine': 'synchronise',
  'PUT /api/options/company': 'govern',
  'PUT /api/options/period': 'govern',
  ...Object.fromEntries(
    ['accounts', 'contacts', 'appointments', 'tasks'].flatMap((path) => [
      [`GET /api/record-rights/${path}`, 'read' as const],
      [`GET /api/records-by-id/${path}`, 'read' as const],
      [`GET /api/${path}`, 'read'],
      [`GET /api/${path}/:id`, 'read'],
      [`POST /api/${path}`, 'write'],
      [`PATCH /api/${path}/:id`, 'write'],
      [`DELETE /api/${path}/:id`, 'write'],
    ]),
  ),
};

const USERS: readonly (readonly [role: Role, email: string])[] = [
  ['user', 'uwe@crm.example'],
  ['integration-admin', 'ada@crm.example'],
  ['auditor', 'aud@crm.example'],
];

const routes: string[] = [];
let crm: TestCrm;
beforeAll(async () => {
  const observe = (app: FastifyInstance): void => {
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) if (url.startsWith('/api') && each !== 'HEAD') routes.push(`${each} ${url}`);
    });
  };
  crm = await startTestCrm({ observe });
});
afterAll(() => crm[Symbol.asyncDispose]());

/** The code that a request of nobody's interest is answered with: what is asked for is in no row, and mostly cannot be read. */
async function ask(route: string, cookies: Record<string, string> = {}): Promise<string> {
  const [method = '', path = ''] = route.split(' ');
  const url = path.replace(':id', crypto.randomUUID());
  const answer = await crm.app.inject({
    method: method as NonNullable<InjectOptions['method']>,
    url,
    cookies,
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: { nonsense: true } }),
    payloadAsStream: true,
  });
  const stream = answer.stream();
  if (answer.statusCode < 400) {
    stream.destroy();
    return 'allowed';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return (JSON.parse(Buffer.concat(chunks).toString()) as { code: string }).code;
}

async function signedIn(email: string): Promise<Record<string, string>> {
  const answer = await crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password: USER_PASSWORD } });
  return Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));
}

/** Ends the session that asks. */
const SIGN_OUT = 'DELETE /api/session';

const REFUSED = ['not-signed-in', 'not-allowed', 'password-change-needed'];

describe('every route of the API', () => {
  it('has a right that it takes', () => {
    expect(routes.toSorted()).toEqual(Object.keys(RIGHTS).toSorted());
  });

  it('is closed to whom nobody knows, unless it is the door', async () => {
    for (const route of routes) {
      const code = await ask(route);
      if (RIGHTS[route] === 'open') expect([route, code]).not.toEqual([route, 'not-signed-in']);
      else expect([route, code]).toEqual([route, 'not-signed-in']);
    }
  });

  it.each(USERS)('is open to a %s exactly where the role has the right', async (role, email) => {
    const cookies = await signedIn(email);
    for (const route of routes) {
      const right = RIGHTS[route] ?? 'open';
      const code = await ask(route, route === SIGN_OUT ? await signedIn(email) : cookies);
      const allowed = right === 'open' || right === 'signed-in' || may(role, right);
      if (allowed) expect([route, REFUSED.includes(code) ? code : 'let in']).toEqual([route, 'let in']);
      else expect([route, code]).toEqual([route, 'not-allowed']);
    }
  });

  it('tells who may decode that there is nothing to decode, where the codec is off', async () => {
    expect(await ask('POST /api/codec/decode', await signedIn('aud@crm.example'))).toBe('path-unknown');
  });

  it('is closed, but for what the door needs, to a user whose password an administrator gave', async () => {
    await crm.admin.query(`update crm.users set must_change_password = true where email = 'ada@crm.example'`);
    const cookies = await signedIn('ada@crm.example');
    for (const route of routes) {
      const right = RIGHTS[route] ?? 'open';
      const code = await ask(route, route === SIGN_OUT ? await signedIn('ada@crm.example') : cookies);
      if (right === 'open' || right === 'signed-in') expect([route, REFUSED.includes(code)]).toEqual([route, false]);
      else expect([route, code]).toEqual([route, 'password-change-needed']);
    }
  });
});
