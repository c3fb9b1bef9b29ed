import cookie from '@fastify/cookie';
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { ExpiryFiles } from '../adaptor/auth/expiry.ts';
import type { LinkConfig } from '../configuration/config.ts';
import { addApi } from './api/api.ts';
import { nameLinks } from './api/context.ts';
import type { SyncControl } from './api/sync-control.ts';
import type { CrmDatabase } from './database.ts';
import { recordStores } from './records/record-stores.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { servePage } from './serve-page.ts';
import type { AlarmBounds } from './status/alarms.ts';
import type { LagHistory } from './status/lag-history.ts';
import type { TemporalUi } from './status/runs.ts';
import { SignInLimit } from './users/sign-in-limit.ts';

/** What the CRM application is made of. It closes none of it. */
export interface CrmAppOptions {
  /** The CRM's database, as `crm_page`. */
  readonly database: CrmDatabase;
  readonly links: readonly LinkConfig[];
  readonly control: SyncControl;
  /** Folder of the built page. Default: `crm/page/dist`. */
  readonly pageFolder?: string;
  /** Temporal UI, for links to runs. */
  readonly temporalUi?: TemporalUi | undefined;
  /** Origin that browsers see where a proxy stands in front; with https, cookies are Secure. */
  readonly origin?: string | undefined;
  /** Certificates of the worker, whose ends are told. */
  readonly certificateFiles?: ExpiryFiles;
  /** When an alarm comes. */
  readonly alarmBounds?: AlarmBounds;
  /** The lag that this process has seen. */
  readonly lagHistory?: LagHistory;
  readonly logger?: FastifyBaseLogger;
  /** Adds hooks that see every request, before all others. */
  readonly observe?: (app: FastifyInstance) => void;
}

/** Greatest body of a request in bytes: a record with a long note. */
const MAX_BODY_BYTES = 1 << 20;

/** Makes the CRM application, API and page; the caller lets it listen, and closes it. */
export async function createCrmApp(options: CrmAppOptions): Promise<FastifyInstance> {
  const { database, control, temporalUi, origin, certificateFiles, alarmBounds, lagHistory } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    // Paths and hosts of requests are of no use in the log, and queries hold what users search for.
    logController: new LogController({ disableRequestLogging: true }),
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
  });
  options.observe?.(app);
  await app.register(cookie);
  // Browsers send text/plain across sites without asking: JSON only.
  app.removeContentTypeParser('text/plain');
  addSecurityHeaders(app);
  const context = {
    database,
    stores: recordStores(database.crm),
    links: nameLinks(options.links),
    control,
    signInLimit: new SignInLimit(),
    temporalUi,
    origin,
    certificateFiles,
    alarmBounds,
    lagHistory,
  };
  await app.register(async (api) => addApi(api, context), { prefix: '/api' });
  await app.register(servePage, { folder: options.pageFolder ?? new URL('page/dist', import.meta.url).pathname });
  return app;
}
