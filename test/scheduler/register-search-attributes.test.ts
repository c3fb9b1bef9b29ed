import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporalServer, startTemporalServer } from '../../embedded/temporal-server.ts';
import { registerSearchAttributes } from '../../scheduler/register-search-attributes.ts';
import { SEARCH_ATTRIBUTES } from '../../scheduler/search-attributes.ts';
import { startDenyingGateway } from '../support/denying-gateway.ts';

const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
let server: TemporalServer;

// Servers that know nothing of Tidegate.
beforeAll(async () => {
  server = await startTemporalServer({ namespace: 'company' });
}, 120_000);
afterAll(() => server.stop());

describe('search attributes on a server that was not started for Tidegate', () => {
  it('are not registered where the client may not, and the message says what an administrator runs', async () => {
    await using gateway = await startDenyingGateway(server.address, ['AddSearchAttributes']);
    await expect(registerSearchAttributes({ address: gateway.address, namespace: 'company' })).rejects.toMatchObject({
      code: 'temporal-refused',
      message: expect.stringMatching(/operator search-attribute create --namespace company .*--name TidegateLink --type Keyword.*PERMISSION_DENIED/),
    });
  });

  it('are registered once', async () => {
    expect((await registerSearchAttributes({ address: server.address, namespace: 'company' })).toSorted()).toEqual(names.toSorted());
    expect(await registerSearchAttributes({ address: server.address, namespace: 'company' })).toEqual([]);
  });

  it('need no right to register where they are there', async () => {
    await using gateway = await startDenyingGateway(server.address, ['AddSearchAttributes']);
    expect(await registerSearchAttributes({ address: gateway.address, namespace: 'company' })).toEqual([]);
  });

  it('are refused where the namespace is missing', async () => {
    await expect(registerSearchAttributes({ address: server.address, namespace: 'nowhere' })).rejects.toMatchObject({
      code: 'temporal-refused',
      message: expect.stringContaining('There is no namespace "nowhere".'),
    });
  });

  it('are refused where one has another type', async () => {
    const other = await startTemporalServer({ searchAttributes: { TidegateRecords: 'Text' } });
    try {
      await expect(registerSearchAttributes({ address: other.address, namespace: 'tidegate' })).rejects.toMatchObject({
        code: 'temporal-refused',
        message: expect.stringContaining('TidegateRecords'),
      });
    } finally {
      await other.stop();
    }
  }, 60_000);

  it('say that no server is there', async () => {
    await expect(registerSearchAttributes({ address: '127.0.0.1:9', namespace: 'company', timeoutMs: 500 })).rejects.toMatchObject({
      code: 'temporal-unavailable',
    });
  });
});
