-- Primary keys.
SELECT k.*
FROM keyed k
WHERE k."@contype" = 'p'
