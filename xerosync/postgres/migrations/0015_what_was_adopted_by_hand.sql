-- Whether a person said which document of Xero it is, whatever differs.

ALTER TABLE documents ADD COLUMN adopted_by_hand boolean NOT NULL DEFAULT false;
