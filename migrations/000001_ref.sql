-- ref: what is known before the first block is read.
CREATE SCHEMA ref;

CREATE TYPE ref.token_standard AS ENUM ('erc721', 'erc1155', 'tep62');

CREATE TABLE ref.chains (
  chain text PRIMARY KEY,
  address_form text NOT NULL
);
INSERT INTO ref.chains (chain, address_form) VALUES
  ('evm', '0x and 40 lower-case hexadecimal digits; stored as 20 bytes'),
  ('ton', 'workchain, colon, 64 lower-case hexadecimal digits; stored as 1 + 32 bytes');

CREATE TABLE ref.token_standards (
  standard ref.token_standard PRIMARY KEY,
  chain text NOT NULL REFERENCES ref.chains,
  name text NOT NULL,
  -- true: one owner per asset, who is the recipient of the last event; false: balances, summed
  single_owner boolean NOT NULL
);
INSERT INTO ref.token_standards (standard, chain, name, single_owner) VALUES
  ('erc721', 'evm', 'ERC-721', true),
  ('erc1155', 'evm', 'ERC-1155', false),
  ('tep62', 'ton', 'TEP-62', true);

-- network_id is a narrow partition key and never leaves the database; everything outside speaks of names.
CREATE TABLE ref.networks (
  network_id smallint PRIMARY KEY,
  name text NOT NULL UNIQUE,
  chain text NOT NULL REFERENCES ref.chains,
  chain_id bigint NOT NULL,
  finality_rule text NOT NULL CHECK (finality_rule IN ('tag', 'depth')),
  finality_depth integer NOT NULL CHECK (finality_depth >= 0),
  -- first block that is indexed; null until the first start has resolved it
  start_block bigint,
  -- whether nothing happened before start_block, so that sums from there are whole
  history_complete boolean NOT NULL DEFAULT false,
  -- hash of the chain's first block: a development chain has the chain id of the network it stands for
  genesis_hash bytea,
  -- which contracts are indexed: 'all' or a digest of the list
  scope text NOT NULL DEFAULT 'all',
  -- host names only, never a path or a key
  endpoints text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ref.marketplaces (
  network_id smallint NOT NULL REFERENCES ref.networks,
  -- contract address (EVM) or code hash (TON)
  identifier bytea NOT NULL,
  name text NOT NULL,
  protocol text NOT NULL,
  protocol_version text NOT NULL,
  PRIMARY KEY (network_id, identifier)
);
