-- A row while a process delivers from the outbox without Redis. Who begins and finds one knows that the process before ended without a word:
-- a message that it had in hand may have killed it.
CREATE TABLE system.deliverer (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  since timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON system.deliverer TO ft_pipeline;
