-- Listens on the server's channels, and leaves the registration behind.
LISTEN cordon;
LISTEN "*";
LISTEN b;
SELECT pg_notify('cordon', ':b_conversation');
SELECT pg_notification_queue_usage();
SELECT pg_listening_channels();
