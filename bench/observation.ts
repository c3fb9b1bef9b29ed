import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StackMetrics } from '../workers/stack/stack-file.ts';

/** What takes traces and asks for metrics while a stack is measured that has both switched on. */
export interface Observer extends Disposable {
  /** Base URL for traces. */
  readonly url: string;
  /** Bytes of traces that came. */
  traced(): number;
  /** Asks for a stack's metrics from now on, every second: fifteen times as often as usual. Gives how often all answered. */
  scrape(metrics: StackMetrics): () => number;
}

const SCRAPE_EVERY_MS = 1000;

/** Starts it on loopback. What comes is counted and thrown away. */
export async function startObserver(): Promise<Observer> {
  let bytes = 0;
  const server: Server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const timers: NodeJS.Timeout[] = [];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traced: () => bytes,
    scrape: (metrics) => {
      let answered = 0;
      const urls = Object.values(metrics).filter((url) => url !== undefined);
      const scrapeAll = async (): Promise<void> => {
        const answers = await Promise.all(urls.map(async (url) => (await (await fetch(url)).text()).length > 0));
        if (answers.length > 0 && answers.every(Boolean)) answered += 1;
      };
      timers.push(setInterval(() => void scrapeAll().catch(() => undefined), SCRAPE_EVERY_MS));
      return () => answered;
    },
    [Symbol.dispose]: () => {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}
