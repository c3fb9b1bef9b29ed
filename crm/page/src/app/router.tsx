import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { AppointmentList } from '../appointments/appointment-list.tsx';
import { ContactList } from '../contacts/contact-list.tsx';
import { Users } from '../people/users.tsx';
import { listSearchSchema } from '../records/list-search.ts';
import { Synchronisation } from '../synchronisation/synchronisation.tsx';
import { TaskList } from '../tasks/task-list.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: () => null });

const validateSearch = (search: Record<string, unknown>) => listSearchSchema.parse(search);

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- the router's own way to go elsewhere
    throw redirect({ to: '/contacts' });
  },
});
const contacts = createRoute({ getParentRoute: () => root, path: '/contacts', validateSearch, component: ContactList });
const appointments = createRoute({ getParentRoute: () => root, path: '/appointments', validateSearch, component: AppointmentList });
const tasks = createRoute({ getParentRoute: () => root, path: '/tasks', validateSearch, component: TaskList });
const synchronisation = createRoute({ getParentRoute: () => root, path: '/synchronisation', component: Synchronisation });
const users = createRoute({ getParentRoute: () => root, path: '/users', component: Users });

/** The views by their paths; what a list shows stands in its address, so that it can be kept and sent on. */
export const router = createRouter({ routeTree: root.addChildren([home, contacts, appointments, tasks, synchronisation, users]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
