/** Where the codec server is, below the CRM application's address: what the Temporal UI is told. */
export const CODEC_PATH = '/api/codec';
