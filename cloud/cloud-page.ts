import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { createPageApp, type PageAppOptions } from '../web/http/create-page-app.ts';
import { servePage } from '../web/http/serve-page.ts';
import type { RateBound } from '../web/http/request-limit.ts';
import { type SignInBounds, SignInLimit } from '../web/sign-in/sign-in-limit.ts';
import { addCloudApi } from './api/api.ts';
import type { EmployeeSignIn } from './api/context.ts';

/** What the cloud's page is made of. It closes none of it. */
export interface CloudPageOptions extends PageAppOptions {
  /** As `cloud_page`. */
  readonly door: Pool;
  /** As `cloud_user`. */
  readonly records: Pool;
  /** How employees sign in. Default: with passwords. */
  readonly signIn?: EmployeeSignIn;
  /** Folder of the built page. Default: `cloud/page/dist`. */
  readonly pageFolder?: string;
  /** Origin that browsers see where a proxy stands in front; with https, cookies are Secure. */
  readonly origin?: string | undefined;
  /** Bound of the requests of each user, and of each address without one. */
  readonly rateBound?: RateBound;
  /** Bounds of refused attempts to sign in. */
  readonly signInBounds?: SignInBounds;
}

/** Makes the third party's page, with its API, for its own employees; the caller lets it listen, and closes it. */
export async function createCloudPage(options: CloudPageOptions): Promise<FastifyInstance> {
  const { door, records, signIn = { passwords: true }, origin } = options;
  const app = await createPageApp(options);
  await app.register(
    async (api) => addCloudApi(api, { door, records, signIn, rateBound: options.rateBound, signInLimit: new SignInLimit(options.signInBounds), origin }),
    { prefix: '/api' },
  );
  await app.register(servePage, { folder: options.pageFolder ?? new URL('page/dist', import.meta.url).pathname });
  return app;
}
