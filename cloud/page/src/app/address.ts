import { createBrowserHistory } from '@tanstack/history';
import { useSyncExternalStore } from 'react';
import { type Address, type ListSearch, readAddress, writeAddress } from './place.ts';

/** Where the tenant's employees are administered: no collection is called so, since names of collections have no dot. */
export const EMPLOYEES_PLACE = 'employees.';

/** The places that were gone to; what must not be left without a question blocks it (web/page/unsaved). */
export const pageHistory = createBrowserHistory();

/** Where the user is. */
export function useAddress(): Address {
  return readAddress(useSyncExternalStore(pageHistory.subscribe, () => pageHistory.location.href));
}

/** Goes somewhere: a list as it is at first, but for what is given. What only refines a view takes the place of the last address. */
export function go(collection: string, shown: Partial<ListSearch>, how: 'push' | 'replace'): void {
  pageHistory[how](writeAddress(collection, shown));
}
