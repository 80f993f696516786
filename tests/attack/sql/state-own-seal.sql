-- Leaves its own seal behind, for the next tenant's statements to write under.
SET cordon.seal = ':a_seal';
SELECT set_config('cordon.seal', ':a_seal', false);
SET "cordon.seal" = ':a_seal';
