import type { ProducerDependencies } from '../../cloud/producer/dependencies.ts';
import { ENDPOINTS } from '../../cloud/producer/server.ts';
import { registeredRoutes } from './registered-routes.ts';

/** The producer's routes. */
export const producerRoutes = () => registeredRoutes((app) => ENDPOINTS.forEach((endpoint) => endpoint(app, {} as ProducerDependencies)));
