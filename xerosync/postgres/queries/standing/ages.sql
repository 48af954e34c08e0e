-- name: ages()
-- Say of each account how many documents stand in Xero dated 3000 although they are sent, and for how many seconds the
-- oldest is on its way there. One that was read as a draft first counts from the day it was issued.
SELECT
    connection.account_id,
    (
        SELECT count(*) FROM documents WHERE documents.account_id = connection.account_id
            AND is_sent_but_3000 AND is_alarm(is_sent_but_3000, held_by, sent_since)
    ) AS sent_but_3000,
    (
        SELECT COALESCE(extract(epoch FROM now() - min(LEAST(
            updated_at, GREATEST(created_at, issue_date::timestamp AT TIME ZONE 'UTC')
        ))), 0)::float8
        FROM documents
        WHERE documents.account_id = connection.account_id AND state = 'pending'
            AND sequence_status IN ('FINAL', 'SENT') AND gross_total <> 0
    ) AS oldest_on_its_way
FROM connections AS connection;
