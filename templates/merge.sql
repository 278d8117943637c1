{# Joins branches; usually there is nothing to run #}
{{ header }}
-- @upgrade
-- Joins {{ down_revisions | join(" and ") }}. SQL here runs when all of them are applied.

-- @downgrade
