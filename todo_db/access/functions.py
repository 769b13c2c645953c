"""PostgreSQL functions that compute from their arguments only, so that scoped statements may call them.

Not here: what runs a query given as text (query_to_xml, ts_stat, dblink), reads files or large objects,
changes settings or locks, or belongs to the application, whose functions may be SECURITY DEFINER.
"""

from __future__ import annotations

_WORDS = """
array any_value count sum avg min max every bool_and bool_or bit_and bit_or string_agg array_agg
json_agg jsonb_agg json_object_agg jsonb_object_agg percentile_cont percentile_disc mode stddev
stddev_pop stddev_samp variance var_pop var_samp corr row_number rank dense_rank percent_rank
cume_dist ntile lag lead first_value last_value nth_value coalesce nullif greatest least lower upper
initcap length char_length character_length octet_length trim ltrim rtrim btrim lpad rpad left right
substring substr position strpos replace translate reverse repeat split_part concat concat_ws format
overlay ascii chr md5 sha256 starts_with regexp_match regexp_matches regexp_replace regexp_like
regexp_count regexp_substr regexp_split_to_array string_to_array array_to_string quote_literal
quote_ident encode decode to_hex unaccent normalize similarity word_similarity
strict_word_similarity now current_timestamp current_date current_time localtime localtimestamp
transaction_timestamp statement_timestamp clock_timestamp timezone date_trunc date_part date_bin
extract age make_date make_time make_timestamp make_timestamptz make_interval to_char to_date
to_timestamp to_number justify_days justify_hours justify_interval isfinite abs ceil ceiling floor
round trunc sign sqrt cbrt power exp ln log mod div pi random width_bucket gen_random_uuid uuidv7
uuidv4 array_length array_position array_positions array_append array_prepend array_cat array_remove
array_replace cardinality unnest array_upper array_lower generate_series json_build_object
jsonb_build_object json_build_array jsonb_build_array to_json to_jsonb row_to_json jsonb_set
jsonb_insert jsonb_strip_nulls jsonb_array_length json_array_length jsonb_array_elements
jsonb_array_elements_text json_array_elements json_array_elements_text jsonb_each jsonb_each_text
jsonb_object_keys jsonb_extract_path jsonb_extract_path_text json_extract_path
json_extract_path_text jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
jsonb_path_query_first jsonb_typeof json_typeof jsonb_pretty to_tsvector to_tsquery plainto_tsquery
phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight numnode
tsvector_to_array lower_inc upper_inc isempty range_merge int4range int8range numrange tsrange
tstzrange daterange grouping cube rollup
"""

SAFE = frozenset(_WORDS.split())
