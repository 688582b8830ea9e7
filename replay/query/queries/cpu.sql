-- The programs that used the most processor time themselves, without that of their children.
SELECT path, COUNT(*) AS processes, SUM(self_user_us) AS self_user_us, SUM(self_system_us) AS self_system_us
FROM process
GROUP BY path
ORDER BY SUM(self_user_us + self_system_us) DESC, path;
