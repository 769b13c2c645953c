-- Unique constraints.
SELECT k.*
     , k."@nulls_not_distinct" AS nulls_not_distinct  -- @>=15
FROM keyed k
WHERE k."@contype" = 'u'
