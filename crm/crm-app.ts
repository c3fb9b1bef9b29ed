import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ExpiryFiles } from '../adaptor/auth/expiry.ts';
import type { TemporalCodec } from '../adaptor/auth/codec/payload-codec.ts';
import type { LinkConfig } from '../configuration/config.ts';
import { addApi } from './api/api.ts';
import { CODEC_PATH } from './api/codec/codec-path.ts';
import { addCodecServer } from './api/codec/codec-server.ts';
import { nameLinks, type SignInWays } from './api/context.ts';
import type { SyncControl } from './api/sync-control.ts';
import type { CrmDatabase } from './database.ts';
import { createPageApp } from '../web/http/create-page-app.ts';
import { servePage } from '../web/http/serve-page.ts';
import { recordStores } from './records/record-stores.ts';
import type { AlarmBounds } from './status/alarms.ts';
import type { LagHistory } from './status/lag-history.ts';
import type { TemporalUi } from './status/runs.ts';
import type { RateBound } from '../web/http/request-limit.ts';
import { type SignInBounds, SignInLimit } from '../web/sign-in/sign-in-limit.ts';

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
  /** The codec of Temporal's payloads, for the Temporal UI. */
  readonly codec?: TemporalCodec;
  /** Origin that browsers see where a proxy stands in front; with https, cookies are Secure. */
  readonly origin?: string | undefined;
  /** Bound of the requests of each user, and of each address without one. */
  readonly rateBound?: RateBound;
  /** Bounds of refused attempts to sign in. */
  readonly signInBounds?: SignInBounds;
  /** How users sign in. Default: with passwords. */
  readonly signIn?: SignInWays;
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

/** Makes the CRM application, API and page; the caller lets it listen, and closes it. */
export async function createCrmApp(options: CrmAppOptions): Promise<FastifyInstance> {
  const { database, control, temporalUi, codec, origin, certificateFiles, alarmBounds, lagHistory, signIn = { passwords: true } } = options;
  const app = await createPageApp(options);
  const context = {
    database,
    stores: recordStores(database.crm),
    links: nameLinks(options.links),
    control,
    rateBound: options.rateBound,
    signInLimit: new SignInLimit(options.signInBounds),
    signIn,
    temporalUi,
    codec,
    origin,
    certificateFiles,
    alarmBounds,
    lagHistory,
  };
  await app.register(async (api) => addApi(api, context), { prefix: '/api' });
  await app.register(async (server) => addCodecServer(server, context), { prefix: CODEC_PATH });
  await app.register(servePage, { folder: options.pageFolder ?? new URL('page/dist', import.meta.url).pathname });
  return app;
}
