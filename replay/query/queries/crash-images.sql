-- The programs and libraries that were loaded at each crash, with the build ids by which their debug information is found.
SELECT seq, printf('0x%x', start_address) AS start, path, build_id
FROM crash_image
ORDER BY seq, start_address;
