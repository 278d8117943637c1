-- revision: 625f591409f4
-- down_revision: [47769880c9b2, 82f0c7644556]
-- message: Merge chat and activity
-- created: 2025-11-24T09:02:11Z

-- @upgrade

-- @downgrade
