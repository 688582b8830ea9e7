-- The registers at each crash.
SELECT seq, name, printf('0x%x', value) AS value
FROM crash_register
ORDER BY seq, name;
