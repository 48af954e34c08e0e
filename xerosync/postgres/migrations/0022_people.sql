-- Who is signed in to the console, and links that sign somebody in once. Tokens are kept as their SHA-256.
CREATE TABLE sessions (
    token_digest bytea PRIMARY KEY,
    person text NOT NULL,
    role text NOT NULL, -- viewer, operator or admin
    accounts text[], -- that the person may see; null: all
    expires_at timestamptz NOT NULL
);

CREATE TABLE sign_in_links (
    token_digest bytea PRIMARY KEY,
    person text NOT NULL,
    role text NOT NULL,
    accounts text[],
    expires_at timestamptz NOT NULL
);
