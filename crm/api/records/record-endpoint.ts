import type { FastifyInstance } from 'fastify';
import type { RecordStore } from '../../records/record-store.ts';

/** Adds one endpoint for records of one kind, below `/api/<path>`. */
export type RecordEndpoint = (app: FastifyInstance, path: string, store: RecordStore) => void;
