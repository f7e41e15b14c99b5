-- Sources that have rows under the earlier hashes of keys and contents (MD5 of a text); they keep these.
CREATE TABLE early_source (source_id USMALLINT NOT NULL);
INSERT INTO early_source SELECT id FROM source;
