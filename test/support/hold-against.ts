import type { FastifyInstance } from 'fastify';
import { readApi } from './openapi.ts';

/** Holds every answer of an application's API against its OpenAPI document, whatever test asks; what the document does not tell of goes into `faults`. */
export function holdAgainst(document: string, app: FastifyInstance, faults: string[]): void {
  const api = readApi(document);
  app.addHook('onSend', async ({ method, routeOptions: { url } }, reply, payload) => {
    const operation = url === undefined ? undefined : api.find(method, url);
    const mediaType = String(reply.getHeader('content-type') ?? '').split(';')[0] ?? '';
    if (operation === undefined || (payload != null && typeof payload !== 'string')) return payload;
    faults.push(...api.undocumented(operation, { status: reply.statusCode, mediaType, body: payload ?? '' }));
    return payload;
  });
}
