/**
 * Name under which the ledger keeps, beside the values before, the key that a deleted record had in a store that makes its keys: a JSON
 * array of texts. An undo follows references by it. No field has such a name.
 */
export const OWN_KEY = '$key';
