import type { ATTRIBUTES } from '../workflows/search-attributes.ts';

/**
 * Search attributes that workflows set, to be registered at the namespace before the first run. The type makes this the
 * same list as that of the workflows.
 */
export const SEARCH_ATTRIBUTES: typeof ATTRIBUTES = {
  link: { name: 'TidegateLink', type: 'KEYWORD' },
  direction: { name: 'TidegateDirection', type: 'KEYWORD' },
  collection: { name: 'TidegateCollection', type: 'KEYWORD_LIST' },
  trigger: { name: 'TidegateTrigger', type: 'KEYWORD' },
  outcome: { name: 'TidegateOutcome', type: 'KEYWORD' },
  messageId: { name: 'TidegateMessageId', type: 'KEYWORD' },
  records: { name: 'TidegateRecords', type: 'INT' },
  differences: { name: 'TidegateDifferences', type: 'INT' },
};

/** Numbers of the types in Temporal's API (temporal.api.enums.v1.IndexedValueType). */
export const INDEXED_VALUE_TYPES = { KEYWORD: 2, INT: 3, KEYWORD_LIST: 7 } as const;

/** Temporal's names of the types, as its command line takes them. */
export const CLI_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList', INT: 'Int' } as const;

/** Name -> type in the words of Temporal's command line (`--search-attribute name=type`). */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, (typeof CLI_TYPES)[keyof typeof CLI_TYPES]>> = Object.fromEntries(
  Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, CLI_TYPES[type]]),
);
