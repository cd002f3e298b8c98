-- Collections by the volume of a window: the newest hours of all collections, which are few beside all hours.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sale_hours_hour ON projection.sale_hours (hour);
