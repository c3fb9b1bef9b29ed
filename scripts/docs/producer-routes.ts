import Fastify from 'fastify';
import type { ProducerDependencies } from '../../cloud/producer/dependencies.ts';
import { ENDPOINTS } from '../../cloud/producer/server.ts';

/** A route of the producer, with its path in OpenAPI's form. */
export interface ProducerRoute {
  readonly method: string;
  readonly path: string;
  /** Operation that the access token has to allow; `none` where a certificate is enough. */
  readonly operation: string;
}

/** The routes that the producer's endpoints register. Nothing is served: endpoints use their dependencies only when asked. */
export function producerRoutes(): readonly ProducerRoute[] {
  const routes: ProducerRoute[] = [];
  const app = Fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat())
      routes.push({ method: each.toLowerCase(), path: url.replaceAll(/:(\w+)/g, '{$1}'), operation: config?.operation ?? 'none' });
  });
  for (const endpoint of ENDPOINTS) endpoint(app, {} as ProducerDependencies);
  return routes;
}
