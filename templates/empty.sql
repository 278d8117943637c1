{# Header and empty sections #}
{{ header }}
-- @upgrade

-- @downgrade
