import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { AccountList } from '../accounts/account-list.tsx';
import { AppointmentList } from '../appointments/appointment-list.tsx';
import { ContactList } from '../contacts/contact-list.tsx';
import { Users } from '../people/users.tsx';
import { listSearchSchema } from '../records/list-search.ts';
import { Synchronisation } from '../synchronisation/synchronisation.tsx';
import { TaskList } from '../tasks/task-list.tsx';
import { consoleSearchSchema } from './console-search.ts';
import { NotFound } from './not-found.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

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
const accounts = createRoute({ getParentRoute: () => root, path: '/accounts', validateSearch, component: AccountList });
const appointments = createRoute({ getParentRoute: () => root, path: '/appointments', validateSearch, component: AppointmentList });
const tasks = createRoute({ getParentRoute: () => root, path: '/tasks', validateSearch, component: TaskList });
const synchronisation = createRoute({ getParentRoute: () => root, path: '/synchronisation', component: Synchronisation });
const users = createRoute({ getParentRoute: () => root, path: '/users', component: Users });
// What is not looked at first is loaded when it is.
const recordPage = createRoute({
  getParentRoute: () => root,
  path: '/$kind/$id',
  component: lazyRouteComponent(() => import('../history/record-page.tsx'), 'RecordPage'),
});
const consoleRoom = createRoute({
  getParentRoute: () => root,
  path: '/console',
  validateSearch: (search: Record<string, unknown>) => consoleSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('../console/console.tsx'), 'Console'),
});

/** The views by their paths; what a list shows stands in its address, so that it can be kept and sent on. */
export const router = createRouter({
  routeTree: root.addChildren([home, contacts, accounts, appointments, tasks, synchronisation, consoleRoom, users, recordPage]),
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
