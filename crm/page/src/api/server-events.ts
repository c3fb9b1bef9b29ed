import { useEffect, useState } from 'react';
import { readAgain } from './going-records.ts';
import { KEYS } from './query-client.ts';

const TOPICS: Readonly<Record<string, readonly string[]>> = {
  records: [KEYS.records, KEYS.states, KEYS.status, KEYS.request, KEYS.history],
  status: [KEYS.status, KEYS.request, KEYS.history],
};

/** How long after a stream has ended another is opened, in milliseconds. */
const REOPEN_MS = 2000;

/**
 * Reads again what the server says has changed, for as long as somebody is signed in. Whether the server is heard: where
 * a stream ends for good (the browser gives up on refusals of a proxy), another is opened.
 */
export function useServerEvents(): boolean {
  const [isHeard, setHeard] = useState(true);
  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const listen = (): void => {
      const opened = new EventSource('/api/events');
      source = opened;
      opened.addEventListener('open', () => {
        setHeard(true);
        readAgain(Object.values(TOPICS).flat());
      });
      opened.addEventListener('error', () => {
        setHeard(false);
        if (opened.readyState === EventSource.CLOSED) again = setTimeout(listen, REOPEN_MS);
      });
      opened.addEventListener('changed', (event) => {
        const { topics } = JSON.parse(String((event as MessageEvent).data)) as { topics: string[] };
        readAgain(topics.flatMap((topic) => TOPICS[topic] ?? []));
      });
    };
    listen();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, []);
  return isHeard;
}
