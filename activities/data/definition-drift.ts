import type { CollectionDefinition } from '../../exchange/collection.ts';

/**
 * Fields that both definitions have and whose type is no longer the same, in words. Only that is drift: fields that were
 * added or taken away by configuration are registered anew.
 */
export function definitionDrift(registered: CollectionDefinition, current: CollectionDefinition): readonly string[] {
  return registered.fields.flatMap(({ name, type }) => {
    const now = current.fields.find((field) => field.name === name);
    return now === undefined || now.type === type ? [] : [`"${name}" was ${type} and is ${now.type}`];
  });
}
