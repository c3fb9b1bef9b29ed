import type { FastifyInstance } from 'fastify';
import { addCloudApi } from '../../../cloud/api/api.ts';
import type { CloudApiContext } from '../../../cloud/api/context.ts';
import { addApi } from '../../../crm/api/api.ts';
import type { ApiContext } from '../../../crm/api/context.ts';
import { recordStores } from '../../../crm/records/record-stores.ts';
import { registeredRoutes } from '../registered-routes.ts';

const routesOf = (add: (app: FastifyInstance) => void): readonly string[] => registeredRoutes(add).map(({ method, path }) => `${method} /api${path}`);

/** Methods and paths of the CRM application's API. */
export const crmRoutes = (): readonly string[] =>
  routesOf((app) => addApi(app, { database: {}, links: [], stores: recordStores({} as never), signIn: { passwords: true } } as unknown as ApiContext));

/** Methods and paths of the API of the third party's page. */
export const cloudRoutes = (): readonly string[] => routesOf((app) => addCloudApi(app, { signIn: { passwords: true } } as unknown as CloudApiContext));
