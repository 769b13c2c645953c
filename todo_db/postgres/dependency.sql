-- What refers to what, for the order of changes: pg_depend with the parts of an object put down to
-- the object: a default to its column, a view's rule to the view, a row type to its table, an array to
-- its element, a member to its extension, a domain's check to the domain, a published table to its publication. Schemas are left out, since names tell them.
SELECT DISTINCT
       CASE WHEN ad.oid IS NOT NULL OR rw.rulename = '_RETURN' THEN 'pg_class'::regclass
            WHEN dc.oid IS NOT NULL THEN 'pg_type'::regclass
            WHEN pr.oid IS NOT NULL THEN 'pg_publication'::regclass ELSE d.classid END::int AS class,
       coalesce(ad.adrelid, CASE WHEN rw.rulename = '_RETURN' THEN rw.ev_class END, dc.contypid, pr.prpubid, d.objid)::bigint AS id,
       coalesce(ad.adnum, CASE WHEN rw.rulename = '_RETURN' THEN 0 END, d.objsubid)::int AS sub,
       CASE WHEN x.refobjid IS NOT NULL THEN x.refclassid
            WHEN rel.oid IS NOT NULL THEN 'pg_class'::regclass ELSE d.refclassid END::int AS ref_class,
       coalesce(x.refobjid, rel.oid, el.oid, rg.rngtypid, ty.oid, d.refobjid)::bigint AS ref_id,
       CASE WHEN x.refobjid IS NULL THEN d.refobjsubid ELSE 0 END::int AS ref_sub
FROM pg_depend d
LEFT JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
LEFT JOIN pg_rewrite rw ON rw.oid = CASE WHEN d.classid = 'pg_rewrite'::regclass THEN d.objid END
LEFT JOIN pg_constraint dc ON dc.oid = CASE WHEN d.classid = 'pg_constraint'::regclass THEN d.objid END
                          AND dc.contypid <> 0
LEFT JOIN pg_publication_rel pr ON pr.oid = CASE WHEN d.classid = 'pg_publication_rel'::regclass THEN d.objid END
LEFT JOIN pg_type ty ON ty.oid = CASE WHEN d.refclassid = 'pg_type'::regclass THEN d.refobjid END
LEFT JOIN pg_type el ON el.oid = ty.typelem AND ty.typlen = -1 AND el.typarray = ty.oid
LEFT JOIN pg_range rg ON ty.typtype = 'm' AND rg.rngmultitypid = ty.oid
LEFT JOIN pg_class rel ON rel.oid = coalesce(el.typrelid, ty.typrelid) AND rel.relkind <> 'c'
LEFT JOIN pg_depend x ON x.classid = d.refclassid AND x.objid = coalesce(el.oid, d.refobjid)
                     AND x.objsubid = 0 AND x.deptype = 'e' AND x.refclassid = 'pg_extension'::regclass
WHERE d.deptype IN ('n', 'a', 'P')  -- P: a partition's index or constraint is part of the whole one's
  AND d.refobjid >= 16384 AND d.objid >= 16384
  AND d.refclassid <> 'pg_namespace'::regclass
  AND NOT (d.classid = 'pg_attrdef'::regclass AND d.refobjid = ad.adrelid AND d.refobjsubid = ad.adnum)
