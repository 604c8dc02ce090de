-- The path or query of a receiver's address may be a secret. From now on the whole address is sealed; `url` says its host, and
-- tells one address of a host from another. An address from before is sealed when its webhook is next saved.
ALTER TABLE "webhooks" ADD COLUMN "sealed_url" JSONB;
