import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { Client } from 'pg';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import type {
  BreachDecision,
  ReconcileOrder,
  DecisionOrder,
  ReleaseOrder,
  SyncControl,
  SyncOrder,
  ErasureOrder,
  PlanOrder,
  UndoOrder,
} from '../../crm/api/sync-control.ts';
import { createCrmApp, type CrmAppOptions } from '../../crm/crm-app.ts';
import { type CrmDatabase, openCrmDatabase } from '../../crm/database.ts';
import { hashPassword } from '../../web/sign-in/password.ts';
import type { Role } from '../../crm/users/roles.ts';
import { holdAgainst } from '../support/hold-against.ts';
import { createMigratedDatabase } from '../support/migrated-database.ts';

/** Full name of the link of test CRMs. */
export const TEST_LINK = 'acme/test/hub';

/** Password of every user of a test CRM. */
export const USER_PASSWORD = 'correct horse battery';

/** What was asked of the job scheduler, in order. */
export type ControlCall =
  | { readonly act: 'forward' | 'reverse'; readonly order: SyncOrder }
  | { readonly act: 'release'; readonly order: ReleaseOrder }
  | { readonly act: 'retry' | 'discard' | 'keep'; readonly order: DecisionOrder }
  | { readonly act: 'period'; readonly link: string; readonly direction: string; readonly everyMs: number; readonly by: string }
  | { readonly act: 'breach'; readonly decision: BreachDecision }
  | { readonly act: 'reconcile'; readonly wanted: ReconcileOrder }
  | { readonly act: 'erase'; readonly order: ErasureOrder }
  | { readonly act: 'plan'; readonly order: PlanOrder }
  | { readonly act: 'undo'; readonly order: UndoOrder }
  | { readonly act: 'pause' | 'resume'; readonly link: string; readonly by: string; readonly reason?: string };

/** A job scheduler that writes request rows as the real one does, and moves nothing. */
export interface TestControl extends SyncControl {
  readonly calls: ControlCall[];
  /** Thrown by every call while set. */
  failure: Error | undefined;
}

/** The CRM application on a database of its own. `await using` ends both. */
export interface TestCrm extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly database: CrmDatabase;
  readonly control: TestControl;
  /** The database's owner. */
  readonly admin: Client;
  readonly adminUrl: string;
  /** The database's URL, as `crm_page`. */
  readonly pageUrl: string;
  addUser(email: string, role: Role): Promise<void>;
  /** Signs a user in and gives requests in the user's name. */
  signIn(email: string): Promise<Requests>;
}

/** Requests of one user. */
export type Requests = (method: InjectOptions['method'], path: string, body?: unknown, headers?: Record<string, string>) => Promise<LightMyRequestResponse>;

interface TestCrmOptions extends Partial<CrmAppOptions> {
  /** Gives the address by which the application reaches its database, from the direct one: that of a proxy. */
  readonly through?: (pageUrl: string) => Promise<string>;
}

/** Starts a CRM application with an administrator, a user and an auditor; it does not listen yet. */
export async function startTestCrm({ through, ...options }: TestCrmOptions = {}): Promise<TestCrm> {
  const store = await createMigratedDatabase('crm');
  const admin = new Client({ connectionString: store.adminUrl });
  await admin.connect();
  const database = openCrmDatabase((await through?.(store.urls.crm_page)) ?? store.urls.crm_page, 5);
  const control = testControl(admin);
  const { links } = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, appointments, tasks] }] });
  const undocumented: string[] = [];
  const app = await createCrmApp({
    database,
    links,
    control,
    temporalUi: { url: 'http://temporal.example', namespace: 'tidegate' },
    ...options,
    observe: (observed) => {
      options.observe?.(observed);
      holdAgainst('crm-api.json', observed, undocumented);
    },
  });
  const passwordHash = await hashPassword(USER_PASSWORD);

  const addUser = async (email: string, role: Role): Promise<void> => {
    await admin.query('insert into crm.users (email, name, role, password_hash) values ($1, $2, $3, $4)', [email, email.split('@')[0], role, passwordHash]);
  };
  await addUser('ada@crm.example', 'integration-admin');
  await addUser('uwe@crm.example', 'user');
  await addUser('aud@crm.example', 'auditor');

  return {
    app,
    database,
    control,
    admin,
    adminUrl: store.adminUrl,
    pageUrl: store.urls.crm_page,
    addUser,
    signIn: async (email) => {
      const answer = await app.inject({ method: 'POST', url: '/api/session', payload: { email, password: USER_PASSWORD } });
      const cookies = Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));
      return (method = 'GET', path, body, headers) =>
        app.inject({ method, url: path, cookies, ...(body === undefined ? {} : { payload: body as object }), ...(headers === undefined ? {} : { headers }) });
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await database.close();
      await admin.end();
      await store.drop();
      if (undocumented.length > 0) throw new Error(`Answers that docs/crm-api.json does not tell of:\n${undocumented.join('\n')}`);
    },
  };
}

function testControl(admin: Client): TestControl {
  const calls: ControlCall[] = [];
  const note = async (call: ControlCall): Promise<void> => {
    if (control.failure !== undefined) throw control.failure;
    calls.push(call);
  };
  const order = async (act: 'forward' | 'reverse', wanted: SyncOrder): Promise<{ requestId: string }> => {
    await note({ act, order: wanted });
    const requestId = randomUUID();
    await admin.query(
      'insert into tidegate.sync_request (id, link, direction, cause, collections, records, requested_by) values ($1, $2, $3, $4, $5, $6, $7)',
      [
        requestId,
        wanted.link,
        act,
        wanted.records === undefined ? 'user' : 'records',
        wanted.collections ?? [],
        wanted.records === undefined ? null : JSON.stringify(wanted.records),
        wanted.by,
      ],
    );
    return { requestId };
  };
  const control: TestControl = {
    calls,
    failure: undefined,
    requestForward: (wanted) => order('forward', wanted),
    orderReverse: (wanted) => order('reverse', wanted),
    pause: (link, { reason, by }) => note({ act: 'pause', link, reason, by }),
    resume: (link, { by }) => note({ act: 'resume', link, by }),
    setPeriod: (link, order) => note({ act: 'period', link, ...order }),
    release: async (wanted) => {
      await note({ act: 'release', order: wanted });
      return { releaseId: randomUUID() };
    },
    retrySetAside: async (wanted) => {
      await note({ act: 'retry', order: wanted });
      return { releaseId: randomUUID() };
    },
    discardSetAside: async (wanted) => {
      await note({ act: 'discard', order: wanted });
      return { requestId: null };
    },
    keepConflict: (wanted) => note({ act: 'keep', order: wanted }),
    plan: async (wanted) => {
      await note({ act: 'plan', order: wanted });
      return { planId: randomUUID() };
    },
    undo: async (wanted) => {
      await note({ act: 'undo', order: wanted });
      return { undo: 1, releaseId: randomUUID() };
    },
    decideBreach: (decision) => note({ act: 'breach', decision }),
    reconcile: async (wanted) => {
      await note({ act: 'reconcile', wanted });
      return { requestId: 'r-1' };
    },
    erase: async (wanted) => {
      await note({ act: 'erase', order: wanted });
      return { erasure: 7 };
    },
    isReachable: async () => control.failure === undefined,
  };
  return control;
}
