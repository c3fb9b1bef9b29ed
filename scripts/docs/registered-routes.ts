import Fastify, { type FastifyInstance } from 'fastify';

/** A route that an application registers, with its path in OpenAPI's form. */
export interface RegisteredRoute {
  readonly method: string;
  readonly path: string;
  /** Operation that the access token has to allow; `none` where none is asked for. */
  readonly operation: string;
}

/** The routes that endpoints register. Nothing is served: they use what they are given only when asked. */
export function registeredRoutes(add: (app: FastifyInstance) => void): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  const app = Fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat())
      routes.push({ method: each.toLowerCase(), path: url.replaceAll(/:(\w+)/g, '{$1}'), operation: config?.operation ?? 'none' });
  });
  add(app);
  return routes;
}
