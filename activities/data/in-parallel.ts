/** Runs `act` on every item, at most `streams` at a time. After the first failure nothing new is begun; it is thrown once the rest has ended. */
export async function inParallel<T>(items: readonly T[], streams: number, act: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  let failed: { readonly error: unknown } | undefined;
  const stream = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined && failed === undefined; item = rest.shift()) {
      try {
        await act(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, streams) }, stream));
  if (failed !== undefined) throw failed.error;
}
