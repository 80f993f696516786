-- Reads PostgreSQL's statistics: most common values, histograms, counts.
SELECT tablename, attname, most_common_vals, histogram_bounds, n_distinct FROM pg_stats WHERE schemaname IN ('commerce', 'work', 'audit', 'door');
SELECT * FROM pg_statistic;
SELECT * FROM pg_stats_ext;
SELECT * FROM pg_stats_ext_exprs;
SELECT * FROM pg_statistic_ext;
