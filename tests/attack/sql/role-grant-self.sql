-- Grants its own role to a weaker login, and stronger ones to itself.
-- allowed: PostgreSQL 15 lets a session grant its own role (16 does not); what it opens is decided by the seal, which the other login does not have
GRANT cordon_owner TO CURRENT_USER;
GRANT cordon_identity TO CURRENT_USER;
GRANT pg_read_all_data TO CURRENT_USER;
GRANT pg_read_server_files TO CURRENT_USER;
GRANT cordon_api TO cordon_monitor;
GRANT cordon_api TO cordon_visitor;
GRANT cordon_worker TO cordon_visitor;
GRANT cordon_visitor TO cordon_monitor;
