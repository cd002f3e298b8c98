-- What an account held before the first indexed block, as its contract says. No movement and of no block that was read, but it counts in the sum.
ALTER TYPE ledger.event_kind ADD VALUE 'opening_balance' AFTER 'counter';
