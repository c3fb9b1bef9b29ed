import { createServer } from 'node:http';
import { LOOPBACK } from '../../embedded/ports.ts';
import type { OnSpawn } from '../../embedded/spawn-part.ts';
import { SEARCH_ATTRIBUTE_TYPES } from '../../scheduler/search-attributes.ts';
import { startTemporalServer, type TemporalServer } from '../../embedded/temporal-server.ts';

/**
 * Answers GET with the addresses of the run's Temporal server, and starts it at the first one: most runs of a few
 * test files need none. Lives in the main process of the run, where all test files reach it.
 */
export async function serveTemporalOnDemand(logFile: string, onSpawn: OnSpawn): Promise<{ url: string; close(): Promise<void> }> {
  let starting: Promise<TemporalServer> | undefined;
  const server = createServer((_request, response) => {
    starting ??= startTemporalServer({ logFile, onSpawn, searchAttributes: SEARCH_ATTRIBUTE_TYPES }).catch((error: unknown) => {
      // Whoever asks next may have more luck.
      starting = undefined;
      throw error;
    });
    starting.then(
      ({ address, uiUrl, namespace }) => response.end(JSON.stringify({ address, uiUrl, namespace })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://${LOOPBACK}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      const temporal = await starting?.catch(() => undefined);
      await temporal?.stop();
    },
  };
}
