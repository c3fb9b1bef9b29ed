import type pino from 'pino';
import type { ProducerObserver } from '../../cloud/producer/observer.ts';
import { OUTCOMES } from '../../exchange/books.ts';
import { observeRequests } from '../../observability/http/observe-requests.ts';
import { noteLogFields } from '../../observability/logging/log-fields.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Counts, traces and logs what the producer does; a line a window is of level debug. */
export function producerObserver(log: pino.Logger, metrics?: Metrics): ProducerObserver {
  return {
    app: (app) => observeRequests(app, metrics),
    ids: noteLogFields,
    applied: (window, books) => {
      const labels = { ...window, direction: 'forward' };
      metrics?.counter('windows').inc({ ...labels, outcome: 'receipted' });
      for (const outcome of OUTCOMES) metrics?.counter('records').inc({ ...labels, outcome }, books[outcome]);
      log.debug({ books }, 'window applied');
    },
    refused: (code) => metrics?.counter('failures').inc({ code }),
  };
}
