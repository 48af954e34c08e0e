-- name: open_kinds(account_id)
-- Name the kinds of which a document is in the account's organisation and still waited for.
SELECT kind FROM (VALUES ('invoice'), ('credit_note')) AS kinds (kind)
WHERE EXISTS (
    SELECT FROM documents
    WHERE documents.account_id = :account_id AND documents.kind = kinds.kind
        AND xero_id IS NOT NULL AND state NOT IN ('settled', 'voided')
        AND (tenant_id IS NULL OR tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id))
);
