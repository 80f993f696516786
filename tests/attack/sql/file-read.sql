-- Reads the server's files.
SELECT pg_read_file('PG_VERSION');
SELECT pg_read_binary_file('global/pg_control');
SELECT * FROM pg_ls_dir('.');
SELECT * FROM pg_ls_logdir();
SELECT * FROM pg_ls_waldir();
SELECT * FROM pg_stat_file('PG_VERSION');
SELECT * FROM pg_hba_file_rules;
SELECT * FROM pg_file_settings;
SELECT * FROM pg_ident_file_mappings;
SELECT pg_current_logfile();
SHOW data_directory;
SHOW hba_file;
SELECT * FROM pg_config;
