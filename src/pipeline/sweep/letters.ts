/**
 * Ids ($4 names the field) of events in the letters of a group ($5) and network ($6): they have reached their stage, which could not take
 * them, and a person was told.
 */
export const IN_LETTER = `SELECT e->>$4 AS id FROM system.dlq d CROSS JOIN LATERAL json_array_elements(d.payload->'events') e
  WHERE d.consumer_group = $5 AND d.network = $6 AND d.resolution IS DISTINCT FROM 'replayed'
    AND json_typeof(d.payload->'events') = 'array'`

/** Most events of one kind that one look takes up; the next look finds the others. */
export const LIMIT = 1_000
