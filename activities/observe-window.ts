import type { Books } from '../exchange/books.ts';
import type { Direction } from '../exchange/names.ts';
import type { ActivityContext } from './link-setup.ts';

/** A window or chunk, by names and numbers. */
export interface ObservedWindow {
  readonly link: string;
  readonly collection: string;
  readonly direction: Direction;
  readonly ordinal: number;
  readonly chunk?: number;
  /** Absent where it becomes known with the manifest. */
  readonly batchId?: string;
}

/** What moving a window gave. Books are null where nothing was moved (the cloud had nothing), or had been counted before. */
export interface MovedWindow<T> {
  readonly result: T;
  readonly books: Books | null;
}

/** Moves a window; `note` is told the batch once it is known. */
export type MoveWindow<T> = (note: (batchId: string) => void) => Promise<MovedWindow<T>>;

/** Told of every window that is moved: runs the move, and sees its books or its error. */
export type WindowObserver = <T>(window: ObservedWindow, move: MoveWindow<T>) => Promise<T>;

/** Moves a window under the eyes of whoever observes this worker. */
export async function observed<T>({ observeWindow }: Pick<ActivityContext, 'observeWindow'>, window: ObservedWindow, move: MoveWindow<T>): Promise<T> {
  if (observeWindow !== undefined) return observeWindow(window, move);
  const { result } = await move(() => {});
  return result;
}
