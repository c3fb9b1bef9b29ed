import type { QueryKey } from '@tanstack/react-query';
import { queryClient } from './query-client.ts';

/*
 * A record that is being deleted is not read any more: the server's event may come before the answer to the delete, and
 * whatever then reads the record or its story would only be told that it does not exist.
 */

const going = new Set<string>();

/** The id of the record that a query reads: the fourth part of the keys of single records and of their stories. */
const idOf = (queryKey: QueryKey): unknown => queryKey[3];

/** Whether a query reads a record that is being deleted. */
export const isGoing = (queryKey: QueryKey): boolean => going.has(idOf(queryKey) as string);

/** From now on nothing reads the record, and what is being read of it is given up. */
export async function letGo(id: string): Promise<void> {
  going.add(id);
  await queryClient.cancelQueries({ predicate: ({ queryKey }) => idOf(queryKey) === id });
}

/** The record is read as any other again: it was not deleted, or nobody shows it any more. */
export function takeBack(id: string): void {
  going.delete(id);
}

/** Has what was read under keys that begin so read again where it is shown, but for what reads a record that goes. */
export function readAgain(firstParts: readonly unknown[]): void {
  void queryClient.invalidateQueries({ predicate: ({ queryKey }) => firstParts.includes(queryKey[0]) && !isGoing(queryKey) });
}
