-- The oldest release that may still run on the schema: it starts there though it does not know the newest migrations. A migration
-- that takes away what that release needs names a newer one here.
CREATE TABLE oldest_release (
  id INTEGER NOT NULL DEFAULT 1,
  version TEXT NOT NULL CHECK (version ~ '^\d+\.\d+\.\d+$'),
  CONSTRAINT oldest_release_pkey PRIMARY KEY (id),
  CONSTRAINT oldest_release_one CHECK (id = 1)
);
INSERT INTO oldest_release (version) VALUES ('0.2.0');
