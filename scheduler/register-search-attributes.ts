import { Connection, isGrpcServiceError } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import { type TemporalServerPlace, connectTemporal } from './connection.ts';
import { INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTE_TYPES } from './search-attributes.ts';

/** Numbers of a refusal in gRPC's status codes. */
const REFUSALS = { 5: 'NOT_FOUND', 7: 'PERMISSION_DENIED', 12: 'UNIMPLEMENTED', 16: 'UNAUTHENTICATED' } as const;

/** A namespace of a Temporal server. */
export interface TemporalNamespace extends TemporalServerPlace {
  /** Gives up connecting after so long, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Registers at a namespace what runs are found by, on a server that was not started for Tidegate; those that are there stay.
 * Gives the names of the new ones. Throws `temporal-unavailable`, or `temporal-refused`: the namespace is missing, an
 * attribute has another type, or this client may not register (the message says what an administrator has to run).
 */
export async function registerSearchAttributes(place: TemporalNamespace): Promise<readonly string[]> {
  const { address, namespace } = place;
  const temporal = await connectTemporal(place);
  const { connection } = temporal.client;
  if (!(connection instanceof Connection)) throw new TidegateError('unexpected');
  try {
    await refusedAs(() => connection.workflowService.describeNamespace({ namespace }), { address, namespace }, `There is no namespace "${namespace}".`);
    const advice = `Let an administrator run: ${commandFor(namespace)}`;
    const { customAttributes } = await refusedAs(() => connection.operatorService.listSearchAttributes({ namespace }), { address, namespace }, advice);
    const wrong = Object.values(SEARCH_ATTRIBUTES).filter(
      ({ name, type }) => (customAttributes[name] ?? INDEXED_VALUE_TYPES[type]) !== INDEXED_VALUE_TYPES[type],
    );
    if (wrong.length > 0)
      throw new TidegateError('temporal-refused', `Search attributes of another type: ${wrong.map(({ name }) => name).join(', ')}.`, { address, namespace });
    const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => customAttributes[name] === undefined);
    const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]));
    if (missing.length > 0)
      await refusedAs(() => connection.operatorService.addSearchAttributes({ namespace, searchAttributes }), { address, namespace }, advice);
    return missing.map(({ name }) => name);
  } finally {
    await temporal.close();
  }
}

/** What an administrator runs in the place of Tidegate. */
function commandFor(namespace: string): string {
  const attributes = Object.entries(SEARCH_ATTRIBUTE_TYPES).map(([name, type]) => `--name ${name} --type ${type}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`;
}

/** Runs a call; a refusal of the server becomes `temporal-refused` with the sentence that helps. */
async function refusedAs<T extends object>(
  call: () => Promise<T>,
  place: TemporalNamespace,
  sentence: string,
): Promise<T & { readonly customAttributes: Readonly<Record<string, number>> }> {
  try {
    return (await call()) as never;
  } catch (cause) {
    const refusal = isGrpcServiceError(cause) ? (REFUSALS as Readonly<Record<number, string>>)[cause.code] : undefined;
    if (refusal === undefined) throw new TidegateError('temporal-unavailable', undefined, { address: place.address }, { cause });
    throw new TidegateError('temporal-refused', `${sentence} (${refusal})`, { address: place.address, namespace: place.namespace }, { cause });
  }
}
