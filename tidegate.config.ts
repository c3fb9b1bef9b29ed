import { appointments, contacts, tasks } from './configuration/built-in.ts';
import { defineConfig } from './configuration/config.ts';

export default defineConfig({
  links: [
    {
      tenant: 'acme',
      environment: 'development',
      link: 'hub',
      collections: [contacts, appointments, tasks],
    },
  ],
});
