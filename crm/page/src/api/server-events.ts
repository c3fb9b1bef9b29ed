import { useEffect } from 'react';
import { KEYS, queryClient } from './query-client.ts';

const TOPICS: Readonly<Record<string, readonly string[]>> = {
  records: [KEYS.records, KEYS.states, KEYS.status, KEYS.request],
  status: [KEYS.status, KEYS.request],
};

/** Reads again what the server says has changed, for as long as somebody is signed in. The browser reconnects by itself. */
export function useServerEvents(): void {
  useEffect(() => {
    const source = new EventSource('/api/events');
    const readAgain = (topics: readonly string[]): void => {
      const keys = new Set(topics.flatMap((topic) => TOPICS[topic] ?? []));
      for (const key of keys) void queryClient.invalidateQueries({ queryKey: [key] });
    };
    source.addEventListener('open', () => readAgain(Object.keys(TOPICS)));
    source.addEventListener('changed', (event) => {
      const { topics } = JSON.parse(String((event as MessageEvent).data)) as { topics: string[] };
      readAgain(topics);
    });
    return () => source.close();
  }, []);
}
