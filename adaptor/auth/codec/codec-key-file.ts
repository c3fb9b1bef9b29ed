import { type KeyPurpose, type KeyStanding, type OpenKeys, addKey, ensureKeys, listKeys, liveKeys, makeCurrent, removeKey } from '../key-set-file.ts';

const PURPOSE: KeyPurpose = { prefix: 'codec', holds: 'keys for payloads of Temporal' };

/** The keys of a file by their ids. Throws `configuration-invalid`, without any part of a key in its text. */
export const listCodecKeys = (file: string): Promise<readonly KeyStanding[]> => listKeys(file, PURPOSE);

/** Makes the file (0600) with one key where it is missing. */
export const ensureCodecKeys = (file: string): Promise<void> => ensureKeys(file, PURPOSE);

/** Adds a key and gives its id. Current: running processes encode with it from their next payload on. Else they only decode with it. */
export const addCodecKey = (file: string, how: { readonly current: boolean }): Promise<string> => addKey(file, PURPOSE, how);

/** Encodes with a key of the file from now on. Throws `bad-request` for an unknown one. */
export const makeCodecKeyCurrent = (file: string, keyId: string): Promise<void> => makeCurrent(file, PURPOSE, keyId);

/** Takes a key out of the file: what is under it can be decoded no more. Throws `bad-request` for the current or an unknown one. */
export const removeCodecKey = (file: string, keyId: string): Promise<void> => removeKey(file, PURPOSE, keyId);

/** Gives the keys of a file as they are when asked. */
export const liveCodecKeys = (file: string): (() => Promise<OpenKeys>) => liveKeys(file, PURPOSE);
