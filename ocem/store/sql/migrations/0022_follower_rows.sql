-- Who let somebody follow a KPI, and the rows they might see then: nobody is told of other rows. Empty = all.
ALTER TABLE follower ADD COLUMN asked_by VARCHAR;
ALTER TABLE follower ADD COLUMN segments VARCHAR[];
ALTER TABLE follower ADD COLUMN touchpoints VARCHAR[];
