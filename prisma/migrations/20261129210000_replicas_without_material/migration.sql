-- A replica that was there already may lack its key material too: `pending_import` of a plan counts both.
DROP INDEX "replicas_without_material";
CREATE INDEX "replicas_without_material" ON "replicas" ("plan_id")
  WHERE "state" IN ('succeeded', 'already_present') AND "key_state" = 'PendingImport';
