-- Rows that nobody asks for any more: what is as large as a log goes after a month, what history is made of after two years.
ALTER TABLE event MODIFY TTL date + INTERVAL 1 MONTH;
ALTER TABLE hit MODIFY TTL date + INTERVAL 1 MONTH;
ALTER TABLE output MODIFY TTL date + INTERVAL 1 MONTH;
ALTER TABLE process MODIFY TTL date + INTERVAL 3 MONTH;
ALTER TABLE line_coverage MODIFY TTL date + INTERVAL 3 MONTH;
ALTER TABLE run MODIFY TTL date + INTERVAL 2 YEAR;
ALTER TABLE run_tag MODIFY TTL date + INTERVAL 2 YEAR;
ALTER TABLE test MODIFY TTL date + INTERVAL 2 YEAR;
ALTER TABLE file_coverage MODIFY TTL date + INTERVAL 2 YEAR;
