import { texts } from '../texts/texts.ts';
import type { FilterView } from './filter-view.ts';

/** Yes or no. */
export const YES_NO = [
  { value: 'true', label: texts.common.yes },
  { value: 'false', label: texts.common.no },
];

/** Whether records stay in the CRM by their own mark. */
export const PRIVATE_FILTER: FilterView = { name: 'private', label: texts.record.private, type: 'choice', choices: YES_NO };
