-- CreateIndex
-- Imports find an appointment by its UID. Hash, because a UID may be longer than a B-tree takes.
CREATE INDEX "appointments_uid_idx" ON "crm"."appointments" USING HASH ("uid");
