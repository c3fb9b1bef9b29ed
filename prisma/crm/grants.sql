-- Who may do what in the sample CRM. Collections of a link are granted when they are attached, column by column and
-- together with the guard: before that the reverse injector has no right here at all.

grant usage on schema crm to crm_page;
grant select, insert, update, delete on crm.users, crm.sessions, crm.accounts, crm.contacts, crm.appointments, crm.tasks to crm_page;
