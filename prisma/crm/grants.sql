-- Who may do what in the sample CRM. Collections of a link are granted when they are attached, column by column and
-- together with the guard: before that the reverse injector has no right here at all.

grant usage on schema crm to crm_page;
grant select, insert, update, delete on crm.users, crm.sessions, crm.deselected_collections, crm.accounts, crm.contacts, crm.appointments, crm.tasks to crm_page;

-- The row rule of private records, for the role that it is about alone, which is there now: to others its condition, evaluated
-- before any other, would close the indexes of the page's search (no operator of it is leakproof).
alter policy private_stays on crm.contacts to tidegate_reverse using (not private);
alter policy private_stays on crm.appointments to tidegate_reverse using (not private);
alter policy private_stays on crm.tasks to tidegate_reverse using (not private);
