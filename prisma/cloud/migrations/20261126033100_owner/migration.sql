-- AlterTable
ALTER TABLE "cloud"."people" ADD COLUMN     "owner" TEXT DEFAULT NULLIF(current_setting('tidegate.user', true), '');

-- AlterTable
ALTER TABLE "cloud"."events" ADD COLUMN     "owner" TEXT DEFAULT NULLIF(current_setting('tidegate.user', true), '');

-- AlterTable
ALTER TABLE "cloud"."todos" ADD COLUMN     "owner" TEXT DEFAULT NULLIF(current_setting('tidegate.user', true), '');
