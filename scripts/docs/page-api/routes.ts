import Fastify, { type FastifyInstance } from 'fastify';
import { addCloudApi } from '../../../cloud/api/api.ts';
import type { CloudApiContext } from '../../../cloud/api/context.ts';
import { addApi } from '../../../crm/api/api.ts';
import type { ApiContext } from '../../../crm/api/context.ts';
import { recordStores } from '../../../crm/records/record-stores.ts';

/** Methods and paths that an API registers, in OpenAPI's form. Nothing is served: endpoints use what they are given only when asked. */
function routesOf(add: (app: FastifyInstance) => void): readonly string[] {
  const routes: string[] = [];
  const app = Fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push(`${each.toLowerCase()} /api${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
  add(app);
  return routes;
}

/** Routes of the CRM application's API. */
export const crmRoutes = (): readonly string[] =>
  routesOf((app) => addApi(app, { database: {}, links: [], stores: recordStores({} as never), signIn: { passwords: true } } as unknown as ApiContext));

/** Routes of the API of the third party's page. */
export const cloudRoutes = (): readonly string[] => routesOf((app) => addCloudApi(app, { signIn: { passwords: true } } as unknown as CloudApiContext));
