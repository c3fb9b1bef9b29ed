import { QueryCache, QueryClient } from '@tanstack/react-query';
import { TidegateError } from '../../../../exchange/errors.ts';

/** Keys of what is kept of the API's answers; the first part says which events make it old. */
export const KEYS = {
  session: 'session',
  records: 'records',
  states: 'states',
  status: 'status',
  choices: 'choices',
  request: 'request',
  options: 'options',
  history: 'history',
} as const;

/** How long after a read that failed it is tried again, in milliseconds. */
const AGAIN_MS = 3000;

/** What the API answered, kept for the page. A session that is over is noticed at whatever fails first. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof TidegateError && error.code === 'not-signed-in' && query.queryKey[0] !== KEYS.session)
        queryClient.setQueryData([KEYS.session], null);
    },
  }),
  defaultOptions: {
    queries: {
      // What could not be read for a reason that passes is read again until it can be.
      refetchInterval: ({ state: { error } }) => error instanceof TidegateError && error.retryable && AGAIN_MS,
      retry: (failures, error) => failures < 2 && error instanceof TidegateError && error.retryable,
      staleTime: 5000,
      refetchOnWindowFocus: true,
    },
  },
});
